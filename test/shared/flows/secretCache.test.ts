import { beforeEach, describe, expect, it } from 'vitest';
import { makeSecretCache } from '../../../shared/flows/secretCache.ts';
import type { SecretCache } from '../../../shared/flows/secretCache.ts';
import type { SecretFailure, SecretRead, SecretStore } from '../../../shared/ports.ts';

const TTL_MS = 600_000;
const HOUR_MS = 3_600_000;
const ONE: SecretRead = { ok: true, value: 'one', version: 'v1' };
const TWO: SecretRead = { ok: true, value: 'two', version: 'v2' };

function failure(kind: SecretFailure['kind'], retryAfterMs: number | null = null): SecretRead {
  return { ok: false, failure: { kind, cause: `it is ${kind}`, remedy: 'mend it', retryAfterMs } };
}

/** A vault whose answer the test sets, and may hold back. */
interface ScriptedStore extends SecretStore {
  answer: SecretRead;
  readonly reads: string[];
  hold(): () => void;
}

function makeScriptedStore(): ScriptedStore {
  const reads: string[] = [];
  let gate: Promise<void> = Promise.resolve();
  return {
    answer: ONE,
    reads,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async read(name) {
      reads.push(name);
      await gate;
      return this.answer;
    },
  };
}

let nowMs = 0;
let store: ScriptedStore;
let cache: SecretCache;
beforeEach(() => {
  nowMs = 1000;
  store = makeScriptedStore();
  cache = makeSecretCache({ secrets: store, ttlMs: TTL_MS, monotonicNow: () => nowMs });
});

function times<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, make));
}

describe('secretFor', () => {
  it('reads once for all who ask at once', async () => {
    const release = store.hold();
    const asked = times(24, () => cache.secretFor('hve'));
    release();
    expect(await asked).toEqual(Array.from({ length: 24 }, () => ONE));
    expect(store.reads).toEqual(['hve']);
  });

  it('answers from memory until the time is over, then reads anew', async () => {
    await cache.secretFor('hve');
    store.answer = TWO;
    nowMs += TTL_MS - 1;
    expect(await cache.secretFor('hve')).toEqual(ONE);
    nowMs += 1;
    expect(await cache.secretFor('hve')).toEqual(TWO);
    expect(store.reads).toHaveLength(2);
  });

  it('keeps the secrets apart', async () => {
    await cache.secretFor('hve');
    store.answer = TWO;
    expect(await cache.secretFor('payroll')).toEqual(TWO);
    expect(await cache.secretFor('hve')).toEqual(ONE);
    expect(store.reads).toEqual(['hve', 'payroll']);
  });

  it('answers a failure from memory for five seconds, so that nobody hammers the vault', async () => {
    store.answer = failure('forbidden');
    expect(await times(24, () => cache.secretFor('hve'))).toEqual(
      Array.from({ length: 24 }, () => store.answer),
    );
    store.answer = ONE;
    nowMs += 4999;
    expect(await cache.secretFor('hve')).toEqual(failure('forbidden'));
    expect(store.reads).toHaveLength(1);
    nowMs += 1;
    expect(await cache.secretFor('hve')).toEqual(ONE);
  });

  it('leaves a throttled vault alone for as long as it asked, but no longer than five minutes', async () => {
    store.answer = failure('throttled', 30_000);
    await cache.secretFor('hve');
    nowMs += 29_999;
    await cache.secretFor('hve');
    expect(store.reads).toHaveLength(1);
    nowMs += 1;
    store.answer = failure('throttled', 24 * HOUR_MS);
    await cache.secretFor('hve');
    expect(store.reads).toHaveLength(2);
    nowMs += 300_000;
    await cache.secretFor('hve');
    expect(store.reads).toHaveLength(3);
  });

  it.each(['unavailable', 'throttled'] as const)(
    'goes on with the old password while the vault is %s, for six hours, asking it once a minute',
    async (kind) => {
      await cache.secretFor('hve');
      store.answer = failure(kind);
      nowMs += TTL_MS;
      expect(await times(24, () => cache.secretFor('hve'))).toEqual(Array.from({ length: 24 }, () => ONE));
      expect(store.reads).toHaveLength(2);
      nowMs += 59_999;
      await cache.secretFor('hve');
      expect(store.reads).toHaveLength(2);
      nowMs += 1;
      expect(await cache.secretFor('hve')).toEqual(ONE);
      expect(store.reads).toHaveLength(3);
      nowMs = 1000 + 6 * HOUR_MS;
      expect(await cache.secretFor('hve')).toEqual(failure(kind));
    },
  );

  it.each(['missing', 'disabled', 'forbidden'] as const)(
    'drops the old password when the vault says %s',
    async (kind) => {
      await cache.secretFor('hve');
      store.answer = failure(kind);
      nowMs += TTL_MS;
      expect(await cache.secretFor('hve')).toEqual(failure(kind));
    },
  );

  it('is not poisoned by a store that breaks its promise and rejects', async () => {
    let broken = true;
    const rejecting: SecretStore = { read: async () => (broken ? Promise.reject(new Error('broken')) : ONE) };
    const fragile = makeSecretCache({ secrets: rejecting, ttlMs: TTL_MS, monotonicNow: () => nowMs });
    await expect(fragile.secretFor('hve')).rejects.toThrow('broken');
    broken = false;
    expect(await fragile.secretFor('hve')).toEqual(ONE);
  });
});

describe('refresh', () => {
  it('reads once for 24 logins that were refused with the same version', async () => {
    await cache.secretFor('hve');
    store.answer = TWO;
    expect(await times(24, () => cache.refresh('hve', 'v1'))).toEqual(Array.from({ length: 24 }, () => TWO));
    expect(store.reads).toHaveLength(2);
    expect(await cache.secretFor('hve')).toEqual(TWO);
  });

  it('reads nothing for a version that was replaced already', async () => {
    await cache.secretFor('hve');
    store.answer = TWO;
    await cache.refresh('hve', 'v1');
    expect(await cache.refresh('hve', 'v1')).toEqual(TWO);
    expect(store.reads).toHaveLength(2);
  });

  it('gives the refused version again when there is no newer one, and asks no more for five seconds', async () => {
    await cache.secretFor('hve');
    expect(await cache.refresh('hve', 'v1')).toEqual(ONE);
    expect(await cache.refresh('hve', 'v1')).toEqual(ONE);
    nowMs += 4999;
    await cache.refresh('hve', 'v1');
    expect(store.reads).toHaveLength(2);
    nowMs += 1;
    store.answer = TWO;
    expect(await cache.refresh('hve', 'v1')).toEqual(TWO);
    expect(store.reads).toHaveLength(3);
  });

  it('reads right after a read: the rotation may lie between them', async () => {
    await cache.secretFor('hve');
    store.answer = TWO;
    expect(await cache.refresh('hve', 'v1')).toEqual(TWO);
  });

  it('joins a read that is under way, and so do those who only want the password', async () => {
    await cache.secretFor('hve');
    store.answer = TWO;
    const release = store.hold();
    const answers = Promise.all([
      cache.refresh('hve', 'v1'),
      cache.secretFor('hve'),
      cache.refresh('hve', 'v1'),
    ]);
    release();
    expect(await answers).toEqual([TWO, TWO, TWO]);
    expect(store.reads).toHaveLength(2);
  });

  it('drops the refused password when the vault fails: it is not good enough for an outage', async () => {
    await cache.secretFor('hve');
    store.answer = failure('unavailable');
    expect(await cache.refresh('hve', 'v1')).toEqual(failure('unavailable'));
    expect(await cache.secretFor('hve')).toEqual(failure('unavailable'));
    expect(await cache.refresh('hve', 'v1')).toEqual(failure('unavailable'));
    expect(store.reads).toHaveLength(2);
  });
});

describe('forget', () => {
  it('makes the next call read anew, for one secret or for all', async () => {
    await cache.secretFor('hve');
    await cache.secretFor('payroll');
    cache.forget('hve');
    await cache.secretFor('hve');
    await cache.secretFor('payroll');
    expect(store.reads).toEqual(['hve', 'payroll', 'hve']);
    cache.forget();
    await cache.secretFor('payroll');
    expect(store.reads).toHaveLength(4);
  });

  it('forgets a failure too', async () => {
    store.answer = failure('forbidden');
    await cache.secretFor('hve');
    store.answer = ONE;
    cache.forget('hve');
    expect(await cache.secretFor('hve')).toEqual(ONE);
  });

  it('keeps out what a read brings that was under way', async () => {
    const release = store.hold();
    const old = cache.secretFor('hve');
    cache.forget('hve');
    release();
    expect(await old).toEqual(ONE);
    store.answer = TWO;
    expect(await cache.secretFor('hve')).toEqual(TWO);
  });
});
