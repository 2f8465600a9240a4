/** The counter while answers are lost: Σ spent ≤ Σ taken ≤ limit. */
import fc from 'fast-check';
import type { TestContext } from 'vitest';
import { describe, expect, it } from 'vitest';
import { QUICK_RETRIES } from '../../../../shared/adapters/storage/storageConnection.ts';
import type { Charge } from '../../../../shared/core/delivery.ts';
import type { QuotaPort } from '../../../../shared/ports.ts';
import { Unavailable } from '../../../../shared/ports.ts';
import type { QuotaWorld } from '../../../contracts/quotaPort.ts';
import { NOON } from '../../../contracts/sampleMessages.ts';
import { freshPrefix } from './openStorage.ts';
import { openQuotaCounter } from './openQuotaCounter.ts';
import type { Fault } from './storageProxy.ts';
import { startStorageProxy } from './storageProxy.ts';

const ALL_TRIES = QUICK_RETRIES + 1;
const LIMIT = 30;
const WORLD: QuotaWorld = {
  now: NOON,
  window: 'calendar',
  timeZone: 'UTC',
  limits: {
    tenant: LIMIT,
    external: null,
    account: () => null,
    app: () => null,
    reserveCriticalPercent: 0,
  },
};
const REQUEST = {
  recipients: 1,
  external: 0,
  account: 'hve@contoso.com',
  app: 'payroll',
  priority: 'normal',
} as const;

async function open(context: TestContext) {
  const proxy = await startStorageProxy(context);
  const prefix = freshPrefix();
  const [quota] = openQuotaCounter(WORLD, 1, { prefix, connectionString: proxy.connectionString });
  const [other] = openQuotaCounter(WORLD, 1, { prefix });
  return { proxy, quota: quota!, other: other! };
}

const used = async (quota: QuotaPort): Promise<number> => (await quota.usage(NOON))[0]!.used;

describe.concurrent('the quota counter', () => {
  it('takes with one operation, and serves all who come meanwhile with the next one', async (context) => {
    const { proxy, quota, other } = await open(context);
    await quota.reserve(REQUEST);
    proxy.seen.length = 0;
    await quota.reserve(REQUEST);
    expect(proxy.seen.map(({ method }) => method)).toEqual(['POST']);
    proxy.seen.length = 0;
    await Promise.all(Array.from({ length: 20 }, async () => quota.reserve(REQUEST)));
    expect(proxy.seen).toHaveLength(2);
    expect(await used(other)).toBe(22);
  });

  it.for([1, ALL_TRIES])('R1: takes once, though the answer was lost %i times', async (times, context) => {
    const { proxy, quota, other } = await open(context);
    await quota.reserve(REQUEST);
    proxy.failNext('POST', 'lose', times);
    expect((await quota.reserve({ ...REQUEST, recipients: 5 })).ok).toBe(true);
    expect(await used(other)).toBe(6);
    expect((await quota.reserve(REQUEST)).ok).toBe(true);
    expect(await used(other)).toBe(7);
  });

  it('R1: makes a scope’s first row once, though the answer was lost', async (context) => {
    const { proxy, quota, other } = await open(context);
    await other.usage(NOON);
    proxy.failNext('POST', 'lose', 1);
    expect((await quota.reserve(REQUEST)).ok).toBe(true);
    expect(await used(other)).toBe(1);
  });

  it.for(['take', 'give-back'])(
    'R1: does a %s once, though the answer was lost and others changed the row since',
    async (what, context) => {
      const { proxy, quota, other } = await open(context);
      const reserved = await quota.reserve({ ...REQUEST, recipients: 10 });
      if (!reserved.ok) throw new Error('Refused.');
      await other.reserve(REQUEST);
      await quota.reserve(REQUEST);
      let tries = 0;
      proxy.fault = async ({ method }) => {
        if (method !== 'POST' || ++tries > 2) return null;
        // The first try was done; before the row is read again it is another's.
        if (tries === 2) await other.reserve({ ...REQUEST, recipients: 2 });
        return 'lose';
      };
      await (what === 'take'
        ? quota.reserve({ ...REQUEST, recipients: 4 })
        : quota.giveBack({ ...reserved.charge, recipients: 4 }, REQUEST.app));
      expect(await used(other)).toBe(what === 'take' ? 18 : 10);
    },
  );

  it('sends the very same transaction again as long as nothing tells what became of it', async (context) => {
    const { proxy, quota, other } = await open(context);
    await quota.reserve(REQUEST);
    proxy.failNext('POST', 'refuse', ALL_TRIES);
    expect((await quota.reserve({ ...REQUEST, recipients: 5 })).ok).toBe(true);
    expect(await used(other)).toBe(6);
  });

  it('R1: gives back once, though the first try lands late, after the rows were read', async (context) => {
    const { proxy, quota, other } = await open(context);
    const reserved = await quota.reserve({ ...REQUEST, recipients: 10 });
    if (!reserved.ok) throw new Error('Refused.');
    let tries = 0;
    proxy.fault = async ({ method }) => {
      if (method !== 'POST' || ++tries > ALL_TRIES + 1) return null;
      if (tries === 1) return 'delay';
      if (tries > ALL_TRIES) await proxy.landDelayed();
      return tries > ALL_TRIES ? null : 'refuse';
    };
    await quota.giveBack({ ...reserved.charge, recipients: 4 }, REQUEST.app);
    expect(await used(other)).toBe(6);
    expect(tries).toBe(ALL_TRIES + 1);
  });

  it('tells its callers when the ledger does not answer, and goes on when it does', async (context) => {
    const { proxy, quota, other } = await open(context);
    await quota.reserve(REQUEST);
    proxy.fault = () => 'refuse';
    const asked = await Promise.allSettled([quota.reserve(REQUEST), quota.reserve(REQUEST)]);
    for (const answer of asked) {
      expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
    }
    proxy.fault = () => null;
    expect((await quota.reserve({ ...REQUEST, recipients: LIMIT - 1 })).ok).toBe(true);
    expect(await used(other)).toBe(LIMIT);
  });
});

describe.concurrent('several instances while answers are lost', () => {
  it('never exceed the limit, and lose no room that was given back', async (context) => {
    const proxy = await startStorageProxy(context);
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.constantFrom<Fault>('lose', 'refuse', null, null, null)),
        fc.array(fc.nat(3), { minLength: 30, maxLength: 60 }),
        async (faults, sizes) => {
          proxy.fault = ({ path }) => (path.includes('$batch') ? faults.next().value! : null);
          const prefix = freshPrefix();
          const through = { prefix, connectionString: proxy.connectionString };
          const ports = openQuotaCounter(WORLD, 3, through);
          const books = { charged: 0, rejected: 0 };
          await Promise.all(sizes.map(async (size, n) => spend(ports[n % 3]!, size + 1, n % 2 === 0, books)));
          proxy.fault = () => null;
          const taken = await used(openQuotaCounter(WORLD, 1, { prefix })[0]!);
          expect(taken).toBeLessThanOrEqual(LIMIT);
          expect(books.charged).toBeLessThanOrEqual(taken);
          // A take that was rejected may have been done.
          expect(taken).toBeLessThanOrEqual(books.rejected === 0 ? books.charged : LIMIT);
        },
      ),
      { numRuns: 4 },
    );
  });
});

/** Takes, and gives a part back or not. */
async function spend(
  quota: QuotaPort,
  recipients: number,
  givesBack: boolean,
  books: { charged: number; rejected: number },
): Promise<void> {
  try {
    const reserved = await quota.reserve({ ...REQUEST, recipients });
    if (!reserved.ok) return;
    books.charged += recipients;
    if (!givesBack) return;
    const part: Charge = { ...reserved.charge, recipients: 1 };
    books.charged -= 1;
    await quota.giveBack(part, REQUEST.app);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    books.rejected++;
  }
}
