import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretFailure, SecretRead, SecretStore } from '../../shared/ports.ts';

/** What the suite does to the vault behind a store. */
export interface SecretStoreVault {
  /** Waits for the vault longer than a busy machine may take. */
  readonly store: SecretStore;
  /** A store of the same vault that gives up a read soon. */
  readonly impatient: { readonly store: SecretStore; readonly timeoutMs: number };
  /** Adds a version. */
  set(name: string, value: string, options?: { readonly enabled: boolean }): void;
  /** How every read from now on, or the next `count` ones, fails; `null`: as before. */
  fail(how: 'forbidden' | 'throttled' | 'unavailable' | 'stall' | null, count?: number): void;
  /** With `throttled`. */
  readonly retryAfterMs: number;
  close(): Promise<void>;
}

const NAME = 'hve-password';
const VALUE = 'correct horse battery staple';
/** Whoever waited for the vault alone would wait for ever. */
const LATE_AT_MOST_MS = 30_000;

/** The contract of the port SecretStore, for any implementation of it. */
export function describeSecretStore(title: string, open: () => Promise<SecretStoreVault>): void {
  describe(`SecretStore: ${title}`, () => {
    let vault: SecretStoreVault;
    beforeEach(async () => {
      vault = await open();
      vault.set(NAME, VALUE);
    });
    afterEach(async () => {
      vault.fail(null);
      await vault.close();
    });

    it('reads a value and its version', async () => {
      const read = await vault.store.read(NAME);
      expect(read).toEqual({ ok: true, value: VALUE, version: expect.stringMatching(/.+/) });
    });

    it('reads the newest version after a rotation, under another version', async () => {
      const before = await vault.store.read(NAME);
      vault.set(NAME, 'rotated');
      const after = await vault.store.read(NAME);
      expect(after).toMatchObject({ ok: true, value: 'rotated' });
      expect(versionOf(after)).not.toBe(versionOf(before));
    });

    it('gives the same version again for an unchanged secret', async () => {
      const reads = await Promise.all([vault.store.read(NAME), vault.store.read(NAME)]);
      expect(versionOf(reads[0])).toBe(versionOf(reads[1]));
    });

    it('keeps values as they are: quotes, umlauts, spaces at the ends', async () => {
      const value = ' "pä$$wörd"\\ ✓ ';
      vault.set(NAME, value);
      expect(await vault.store.read(NAME)).toMatchObject({ ok: true, value });
    });

    it('calls a secret that is not there missing, and names it', async () => {
      const failure = failureOf(await vault.store.read('nobody'));
      expect(failure.kind).toBe('missing');
      expect(failure.cause).toContain('"nobody"');
      expect(failure.remedy).toContain('"nobody"');
    });

    it('calls a secret without a value missing', async () => {
      vault.set(NAME, '');
      expect(failureOf(await vault.store.read(NAME)).kind).toBe('missing');
    });

    it('calls a secret whose newest version is disabled disabled, whatever the older ones are', async () => {
      vault.set(NAME, 'rotated', { enabled: false });
      expect(failureOf(await vault.store.read(NAME)).kind).toBe('disabled');
    });

    it('calls a vault that does not allow it forbidden, and says which role is missing', async () => {
      vault.fail('forbidden');
      const failure = failureOf(await vault.store.read(NAME));
      expect(failure.kind).toBe('forbidden');
      expect(failure.remedy).toContain('Key Vault Secrets User');
    });

    it('says how long a throttled vault wants to be left alone, and does not ask it twice', async () => {
      vault.fail('throttled', 1);
      const failure = failureOf(await vault.store.read(NAME));
      expect(failure).toMatchObject({ kind: 'throttled', retryAfterMs: vault.retryAfterMs });
      expect((await vault.store.read(NAME)).ok).toBe(true);
    });

    it('overcomes a single failure of the vault', async () => {
      vault.fail('unavailable', 1);
      expect(await vault.store.read(NAME)).toMatchObject({ ok: true, value: VALUE });
    });

    it('calls a vault that goes on failing unavailable', async () => {
      vault.fail('unavailable');
      expect(failureOf(await vault.store.read(NAME))).toMatchObject({
        kind: 'unavailable',
        retryAfterMs: null,
      });
    });

    it('gives up a vault that does not answer in time, and reads again afterwards', async () => {
      const { store, timeoutMs } = vault.impatient;
      vault.fail('stall');
      const startedAtMs = performance.now();
      const failure = failureOf(await store.read(NAME));
      const tookMs = performance.now() - startedAtMs;
      expect(failure.kind).toBe('unavailable');
      expect(tookMs).toBeGreaterThanOrEqual(timeoutMs - 5);
      expect(tookMs).toBeLessThan(timeoutMs + LATE_AT_MOST_MS);
      vault.fail(null);
      // As often as the machine is too busy to be in time.
      await expect.poll(async () => (await store.read(NAME)).ok).toBe(true);
    });

    it.each(['forbidden', 'throttled', 'unavailable', 'stall'] as const)(
      'has cause and remedy, and never a value, in a failure: %s',
      async (how) => {
        expect((await vault.store.read(NAME)).ok).toBe(true);
        vault.fail(how);
        const { store } = how === 'stall' ? vault.impatient : vault;
        const failure = failureOf(await store.read(NAME));
        expect(failure.cause).toContain(NAME);
        expect(failure.remedy).not.toBe('');
        expect(JSON.stringify(failure)).not.toContain(VALUE);
      },
    );
  });
}

function versionOf(read: SecretRead): string {
  if (!read.ok) throw new Error(`Not read: ${read.failure.cause}`);
  return read.version;
}

function failureOf(read: SecretRead): SecretFailure {
  if (read.ok) throw new Error('Read, and should not have been.');
  return read.failure;
}
