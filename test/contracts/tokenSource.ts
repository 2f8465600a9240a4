import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HVE_TOKEN_MARGIN_MS } from '../../shared/core/oauthRules.ts';
import type { TokenFailure } from '../../shared/core/oauthRules.ts';
import type { TokenRead, TokenSource } from '../../shared/ports.ts';

/** What the suite does to Entra ID behind a source. */
export interface TokenWorld {
  readonly source: TokenSource;
  /** What proves the application; null: its managed identity. */
  readonly proof: string | null;
  /** One that Entra ID does not take; null where there is none to give. */
  readonly wrongProof: string | null;
  /** How every request from now on fails; `null`: as before. */
  fail(how: 'unavailable' | 'throttled' | 'refused' | null): void;
  /** With `throttled`. */
  readonly retryAfterMs: number;
  close(): Promise<void>;
}

/** The contract of the port TokenSource, for any implementation of it. */
export function describeTokenSource(title: string, open: () => Promise<TokenWorld>): void {
  describe(`TokenSource: ${title}`, () => {
    let world: TokenWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => {
      world.fail(null);
      await world.close();
    });

    const request = async (): Promise<TokenRead> => world.source.request(world.proof);

    it('gives a token that lives longer than HVE asks for', async () => {
      const token = tokenOf(await request());
      expect(token.accessToken).not.toBe('');
      expect(token.lifeMs).toBeGreaterThan(HVE_TOKEN_MARGIN_MS);
    });

    it('gives a new one each time, none from memory', async () => {
      const tokens = [await request(), await request(), await request()].map(tokenOf);
      expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(3);
    });

    it('blames the proof that is not taken, and takes the right one afterwards', async () => {
      if (world.wrongProof === null) return;
      expect(failureOf(await world.source.request(world.wrongProof)).kind).toBe('secretRefused');
      expect((await request()).ok).toBe(true);
    });

    it('says how long a throttling endpoint wants to be left alone', async () => {
      world.fail('throttled');
      expect(failureOf(await request())).toMatchObject({
        kind: 'throttled',
        retryAfterMs: world.retryAfterMs,
      });
    });

    it.each(['unavailable', 'refused'] as const)(
      'calls an endpoint %s that is, until it is not',
      async (how) => {
        world.fail(how);
        expect(failureOf(await request())).toMatchObject({ kind: how, retryAfterMs: null });
        world.fail(null);
        expect((await request()).ok).toBe(true);
      },
    );

    it.each(['unavailable', 'throttled', 'refused'] as const)(
      'has cause and remedy, the same each time, and no secret in a failure: %s',
      async (how) => {
        const { accessToken } = tokenOf(await request());
        world.fail(how);
        const failure = failureOf(await request());
        expect(failure.said).not.toBe('');
        expect(failure.cause).not.toBe('');
        expect(failure.remedy).not.toBe('');
        expect(failureOf(await request())).toEqual(failure);
        expect(JSON.stringify(failure)).not.toContain(accessToken);
        expect(JSON.stringify(failure)).not.toContain(world.proof ?? accessToken);
      },
    );
  });
}

export function tokenOf(read: TokenRead): Extract<TokenRead, { ok: true }> {
  if (!read.ok) throw new Error(`No token: ${read.failure.cause}`);
  return read;
}

export function failureOf(read: TokenRead): TokenFailure {
  if (read.ok) throw new Error('A token, where there should have been none.');
  return read.failure;
}
