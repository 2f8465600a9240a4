/** What an instance does with its leases in the background, and at its end: what they have left goes back, once. */
import { describe, expect, it } from 'vitest';
import { NOTHING } from '../../../shared/core/charges.ts';
import type { Granted } from '../../../shared/flows/heldLeases.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { hold, makeWatchedFlows, spend, tries } from './watchedLedger.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('the background work of an instance', () => {
  it('leaves a lease that is in use', async () => {
    const { quota, tend, taken, leases, time } = makeWatchedFlows();
    await spend(quota, { recipients: 4 });
    time.now += 30 * SECOND - 1;
    await tend();
    expect(await leases()).toHaveLength(1);
    expect(await taken()).toBe(254);
  });

  it.each([
    ['is idle for half a minute', 30 * SECOND],
    ['has ended', 10 * MINUTE],
  ])('closes a lease that %s, and what it has left goes back', async (_why, laterMs) => {
    const { quota, tend, taken, leases, calls, time } = makeWatchedFlows();
    await spend(quota, { recipients: 5, external: 3 }, { recipients: 4, external: 1 });
    time.now += laterMs;
    calls();
    await tend();
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(4);
    expect(await taken('external')).toBe(1);
    expect(await taken('app:payroll')).toBe(4);
    // Nothing is left to be seen to.
    calls();
    await tend();
    expect(calls()).toEqual([]);
  });

  it('closes a lease that is used up, with nothing to give back', async () => {
    const { quota, tend, taken, leases } = makeWatchedFlows({ tenant: 5 });
    await spend(quota, { recipients: 5 });
    await tend();
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(5);
    // What was leased of the account beside the tenant’s is back too.
    expect(await taken('account:hve@contoso.com')).toBe(5);
  });

  it('never closes a lease on which something is unresolved, though it has ended', async () => {
    const { quota, tend, taken, leases, time } = makeWatchedFlows({ tenant: 100 });
    const pending = await hold(quota, { recipients: 10 });
    const before = await taken();
    time.now += 20 * MINUTE;
    await tend();
    await quota.close();
    expect(await leases()).toHaveLength(1);
    expect(await taken()).toBe(before);
    pending.settle({ recipients: 7, external: 0 });
    await tend();
    await quota.close();
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(7);
  });

  it('begins anew with the next lease', async () => {
    const { quota, tend, leases, time } = makeWatchedFlows();
    for (let n = 0; n < 2; n++) {
      await spend(quota);
      expect(await leases()).toHaveLength(1);
      time.now += 30 * SECOND;
      await tend();
      expect(await leases()).toEqual([]);
    }
  });

  it('notes on the leases’ rows what was spent, where that has changed', async () => {
    const { quota, tend, calls, leases } = makeWatchedFlows();
    const spentOf = async (): Promise<number | undefined> => (await leases())[0]!.spent.get('tenant');
    await spend(quota, { recipients: 3 });
    expect(await spentOf()).toBe(3);
    calls();
    await tend();
    expect(calls()).toEqual([]);
    const pending = await hold(quota, { recipients: 2 });
    await tend();
    expect(calls()).toEqual(['noteSpent']);
    expect(await spentOf()).toBe(5);
    pending.settle(NOTHING);
    await spend(quota, { recipients: 1 });
    await tend();
    await tend();
    expect(calls()).toEqual(['noteSpent']);
    expect(await spentOf()).toBe(4);
  });

  it.each(['before', 'after'] as const)(
    'notes it again where the answer to that was lost (%s it was done)',
    async (fault) => {
      const { quota, tend, failNext, leases, lines } = makeWatchedFlows();
      await spend(quota, { recipients: 3 });
      await spend(quota, { recipients: 2 });
      failNext('noteSpent', fault);
      await tend();
      expect(lines.at(-1)).toMatch(/^warn the leases of the quota could not be seen to, it is tried again/u);
      await spend(quota, { recipients: 1 });
      await tend();
      expect((await leases())[0]!.spent.get('tenant')).toBe(6);
    },
  );

  it('closes a lease whatever was noted on it since it was taken', async () => {
    const { quota, tend, taken, leases, time } = makeWatchedFlows();
    for (let n = 0; n < 3; n++) {
      await spend(quota, { recipients: 2 });
      await tend();
    }
    time.now += 30 * SECOND;
    await tend();
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(6);
  });
});

describe('closing', () => {
  it.each([
    ['was not done', 'before'],
    ['was done', 'after'],
  ] as const)('whose answer is lost and that %s is done once in the end', async (_what, fault) => {
    const { quota, tend, failNext, taken, leases, lines, time } = makeWatchedFlows({ tenant: 1000 });
    const first = await spend(quota, { recipients: 5 });
    time.now += 30 * SECOND;
    failNext('write', fault);
    await tend();
    expect(lines.at(-1)).toMatch(/could not be seen to/u);
    // Nothing more is spent from it: the transaction that gives it back may land at any time.
    const second = await spend(quota, { recipients: 2 });
    expect(second.charge.lease).not.toBe(first.charge.lease);
    await tend();
    expect((await leases()).map(({ id }) => id)).toEqual([second.charge.lease]);
    await quota.close();
    expect(await taken()).toBe(7);
  });

  it('goes on after a conflict, by what stands then', async () => {
    const { quota, quotaOf, tend, failNext, calls, taken, leases, time } = makeWatchedFlows();
    await spend(quota, { recipients: 5 });
    time.now += 30 * SECOND;
    await spend(quotaOf('the second'), { recipients: 3 });
    failNext('write', 'conflict');
    calls();
    await tend();
    expect(calls().slice(0, 4)).toEqual(['read', 'write', 'read', 'write']);
    expect(await leases()).toHaveLength(1);
    expect(await taken()).toBe(5 + 253);
  });

  it('is not tried for ever where others are always first', async () => {
    const { quota, failNext, leases } = makeWatchedFlows();
    await spend(quota);
    for (let n = 0; n < 20; n++) failNext('write', 'conflict');
    await expect(quota.close()).rejects.toThrow(Unavailable);
    expect(await leases()).toHaveLength(1);
    await quota.close();
    expect(await leases()).toEqual([]);
  });

  it('of many leases that name many scopes takes several transactions', async () => {
    const { quota, taken, leases, time } = makeWatchedFlows();
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        Array.from({ length: 60 }, async (_, n) =>
          spend(quota, { account: `hve${round}${n}@contoso.com`, app: `app${round}-${n}` }),
        ),
      );
      time.now += 3 * MINUTE;
    }
    expect((await leases()).length).toBeGreaterThan(3);
    await quota.close();
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(180);
    expect(await taken('app:app2-59')).toBe(1);
  });
});

describe('at the end of an instance', () => {
  it('everything goes back, so that the usage is what was spent', async () => {
    const { quota, taken, leases, time } = makeWatchedFlows({ tenant: 10_000 });
    for (let n = 0; n < 20; n++) {
      await spend(quota, { recipients: 40, external: 2, app: `app${n % 3}` });
      time.now += 15 * SECOND;
    }
    await quota.close();
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(800);
    expect((await quota.usage())[0]).toMatchObject({ used: 800, leased: 0 });
    expect(await taken('external')).toBe(40);
    expect(await taken('app:app0')).toBe(7 * 40);
  });

  it('what is unresolved stays for the sweep', async () => {
    const { quota, leases } = makeWatchedFlows();
    await hold(quota);
    await quota.close();
    expect(await leases()).toHaveLength(1);
  });
});

describe('four instances that take, spend and give back at once', () => {
  const ASKED_IN_A_ROUND = 72;
  const ROUNDS = 12;
  /** More than all rounds together ask for. */
  const ENOUGH = 2 * ROUNDS * ASKED_IN_A_ROUND;

  it.each([
    ['recipients', { tenant: 200, external: ENOUGH }, { external: 0 }, { tenant: 200 }],
    ['external recipients', { tenant: ENOUGH, external: 30 }, { external: 1 }, { external: 30 }],
  ])('never go over a limit of %s, and use it to the last one', async (_of, limits, last, usedUp) => {
    const flows = makeWatchedFlows(limits);
    const instances = Array.from({ length: 4 }, (_, n) => flows.quotaOf(`instance ${n}`));
    const spent = { recipients: 0, external: 0 };
    const count = ({ charge, settle }: Granted, n: number): void => {
      const recipients = charge.recipients - (n % 3 === 0 ? 1 : 0);
      settle({ recipients, external: charge.external });
      spent.recipients += recipients;
      spent.external += charge.external;
    };
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: 24 }, async (_, n) => {
          const request = { recipients: 1 + (n % 5), external: n % 2, app: `app${n % 3}` };
          const reservation = await hold(instances[n % 4]!, request).catch(() => null);
          if (reservation) count(reservation, n + round);
        }),
      );
      await Promise.all(instances.map((instance) => instance.close()));
      expect(await flows.taken()).toBe(spent.recipients);
      expect(await flows.taken('external')).toBe(spent.external);
    }
    let more = 0;
    while (await tries(instances[0]!, last)) more++;
    await instances[0]!.close();
    const used = { tenant: spent.recipients + more, external: spent.external + last.external * more };
    expect(await flows.taken()).toBe(used.tenant);
    expect(await flows.taken('external')).toBe(used.external);
    expect(used).toMatchObject(usedUp);
  });
});
