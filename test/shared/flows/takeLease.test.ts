/** What a take costs, how much it takes, and when somebody is refused. */
import { describe, expect, it } from 'vitest';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { Lease } from '../../../shared/core/lease.ts';
import { HOUR_MS, makeWindows } from '../../../shared/core/window.ts';
import { NOTHING } from '../../../shared/core/charges.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { NOON } from '../../contracts/sampleMessages.ts';
import { hold, makeWatchedFlows, spend, tries } from './watchedLedger.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const ascending = (a: number, b: number): number => a - b;
const tenantOf = (lease: Lease): number => lease.taken.get('tenant') ?? 0;

describe('a reservation', () => {
  it('from memory costs no operation', async () => {
    const { quota, calls } = makeWatchedFlows({ tenant: 100_000 });
    await hold(quota);
    expect(calls()).toEqual(['read', 'write']);
    const more = await Promise.all(Array.from({ length: 250 }, async () => tries(quota)));
    expect(more).not.toContain(false);
    expect(calls()).toEqual([]);
  });

  it('shares the one take in flight with all who wait for it', async () => {
    const { quota, calls, leases } = makeWatchedFlows({ tenant: 100_000 });
    const asked = await Promise.all(Array.from({ length: 200 }, async () => tries(quota)));
    expect(asked).not.toContain(false);
    expect(calls()).toEqual(['read', 'write']);
    expect(await leases()).toHaveLength(1);
  });

  it('waits for the next take where the one before brought too little: they go one after another', async () => {
    const { quota, calls, atOnce } = makeWatchedFlows({ tenant: 100_000 });
    const asked = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => tries(quota, { recipients: 50, app: `app${n % 20}` })),
    );
    expect(asked).not.toContain(false);
    // What is remembered from a take need not be read for the next one.
    expect(calls()).toEqual(['read', 'write', 'write']);
    expect(atOnce()).toBe(1);
  });

  it('is decided anew where others changed the ledger at the same time', async () => {
    const flows = makeWatchedFlows({ tenant: 10 });
    flows.failNext('write', 'conflict');
    expect(await tries(flows.quota, { recipients: 10 })).toBe(true);
    expect(flows.calls()).toEqual(['read', 'write', 'read', 'write']);
  });

  it('is given up by those whom others came before for half a minute, and by nobody else', async () => {
    const flows = makeWatchedFlows({ tenant: 100 });
    const late: Promise<boolean>[] = [];
    for (let n = 0; n < 4; n++) flows.failNext('write', 'conflict');
    const { now } = flows.time;
    const early = hold(flows.quota);
    const sleep = flows.clock.sleep;
    flows.clock.sleep = async (ms) => {
      flows.time.now += 10 * SECOND;
      if (late.length === 0) late.push(tries(flows.quota));
      await sleep(ms);
    };
    await expect(early).rejects.toThrow(Unavailable);
    expect(flows.time.now).toBe(now + 40 * SECOND);
    expect(await Promise.all(late)).toEqual([true]);
  });
});

describe('a block', () => {
  it('follows the rate: it doubles with each take while more is asked for, and falls when less is', async () => {
    const { quota, leases, time } = makeWatchedFlows();
    for (let n = 0; n < 100; n++) await spend(quota, { recipients: 50 });
    const grown = (await leases()).map(tenantOf).toSorted(ascending);
    expect(grown.slice(0, 4)).toEqual([300, 400, 800, 1600]);
    expect(grown.length).toBeLessThan(7);
    time.now += 9.5 * MINUTE;
    await spend(quota, { recipients: 50 });
    expect((await leases()).map(tenantOf).filter((n) => n === 300)).toHaveLength(2);
  });

  it('is never so large that a dead instance would keep much more than a minute’s mail', async () => {
    const { quota, leases } = makeWatchedFlows();
    for (let n = 0; n < 4; n++) await spend(quota, { recipients: 30_000 });
    expect(
      (await leases())
        .map(tenantOf)
        .toSorted((a, b) => a - b)
        .at(-1),
    ).toBe(50_000);
  });

  it('brings what was asked for lately of other apps and accounts too', async () => {
    const { quota, calls, time } = makeWatchedFlows();
    await spend(quota, { app: 'crm', account: 'b@contoso.com' });
    await spend(quota);
    time.now += 9.5 * MINUTE;
    await spend(quota, { app: 'crm', account: 'b@contoso.com' });
    await spend(quota);
    calls();
    // Too little life was left of the first ones; one of the new ones has both.
    time.now += 1 * MINUTE;
    await spend(quota);
    await spend(quota, { app: 'crm', account: 'b@contoso.com' });
    expect(calls()).toEqual([]);
  });

  it('vanishes near the limit, so that the last recipient can be used', async () => {
    const { quota, quotaOf, use, leases } = makeWatchedFlows({ tenant: 1000 });
    await use({ recipients: 997 });
    await hold(quota);
    expect((await leases()).map(tenantOf)).toEqual([2]);
    const other = quotaOf('the second');
    await hold(other);
    expect((await leases()).map(tenantOf).toSorted(ascending)).toEqual([1, 2]);
    expect(await tries(other)).toBe(false);
    expect(await tries(quota)).toBe(true);
    expect(await tries(quota)).toBe(false);
  });

  it('leaves as much to every instance that holds leases', async () => {
    const { quotaOf, leases } = makeWatchedFlows({ tenant: 1000 });
    for (const name of ['a', 'b', 'c']) await hold(quotaOf(name));
    const taken = (await leases()).map((lease) => [lease.instance, tenantOf(lease)]);
    // 250 are wanted; then a quarter, then a sixth of what is left.
    expect(Object.fromEntries(taken)).toEqual({
      a: 251,
      b: 1 + Math.floor(748 / 4),
      c: 1 + Math.floor(560 / 6),
    });
  });

  it('is small for the scope that is nearly full, and for no other', async () => {
    const { quota, use, leases } = makeWatchedFlows({ external: 10, tenant: 100_000 });
    await use({ recipients: 8, external: 8 });
    await hold(quota, { external: 1 });
    const [{ taken }] = (await leases()) as [Lease];
    expect(Object.fromEntries(taken)).toMatchObject({ tenant: 251, external: 1 });
  });
});

describe('a lease', () => {
  it('lives for ten minutes, and never past its hour', async () => {
    const { quota, leases, time } = makeWatchedFlows();
    await spend(quota);
    time.now = NOON + 55 * MINUTE;
    await spend(quota);
    expect((await leases()).map(({ endsAt }) => endsAt).toSorted(ascending)).toEqual([
      NOON + 10 * MINUTE,
      NOON + HOUR_MS,
    ]);
    // The hour is over: what is left of it is not spent in the next one.
    time.now = NOON + HOUR_MS;
    const { charge } = await spend(quota);
    expect(charge.lease).toMatch(new RegExp(`^${NOON + HOUR_MS}-`, 'u'));
  });

  it('never outlives the day that it counts for, though that ends within an hour of the clock', async () => {
    const { quotaOf, leases, time } = makeWatchedFlows();
    // Lord Howe Island gains half an hour on 4 April 2027: its day has 24.5 hours.
    const windows = makeWindows('calendar', makeCalendar('Australia/Lord_Howe'));
    const midnight = Date.parse('2027-04-04T13:30:00Z');
    time.now = midnight - 5 * MINUTE;
    await hold(quotaOf('there', { windows }));
    expect((await leases())[0]!.endsAt).toBe(midnight);
  });

  it('with little life left is not spent: another is taken', async () => {
    const { quota, calls, time } = makeWatchedFlows();
    const first = await spend(quota);
    time.now += 9 * MINUTE + 1;
    calls();
    expect((await spend(quota)).charge.lease).not.toBe(first.charge.lease);
    expect(calls()).toEqual(['write']);
  });

  it('is spent to the end of the hour, where another one would live no longer', async () => {
    const { quota, calls, time } = makeWatchedFlows();
    time.now = NOON + 52 * MINUTE;
    const first = await spend(quota);
    time.now = NOON + HOUR_MS - 1;
    calls();
    expect((await spend(quota)).charge.lease).toBe(first.charge.lease);
    expect(calls()).toEqual([]);
  });
});

describe('nobody is refused', () => {
  it('by what is only remembered: the ledger is read first', async () => {
    const { quota, quotaOf, calls } = makeWatchedFlows({ tenant: 10 });
    const other = quotaOf('the second');
    const held = await hold(other, { recipients: 8 });
    expect(await tries(quota, { recipients: 2 })).toBe(false);
    expect(calls()).toEqual(['read', 'write', 'read']);
    held.settle(NOTHING);
    await other.close();
    calls();
    expect(await tries(quota, { recipients: 2 })).toBe(true);
    expect(calls()).toEqual(['read', 'write']);
  });

  it('before the instance has closed its own leases that nobody uses', async () => {
    const { quota, calls } = makeWatchedFlows({ app: (name) => (name === 'crm' ? 3 : null), tenant: 300 });
    await spend(quota, { recipients: 100 });
    calls();
    // 100 more are leased, so that only 100 are left in the ledger.
    expect(await tries(quota, { recipients: 200 })).toBe(true);
    expect(calls()).toEqual(['read', 'read', 'write', 'read', 'read', 'write']);
  });

  it('though an own lease that is in use keeps what it has', async () => {
    const { quota } = makeWatchedFlows({ tenant: 300 });
    const pending = await hold(quota, { recipients: 100 });
    expect(await tries(quota, { recipients: 200 })).toBe(false);
    pending.settle(pending.charge);
    expect(await tries(quota, { recipients: 200 })).toBe(true);
  });

  it('of a batch because another one is: each is decided by itself', async () => {
    const { quota } = makeWatchedFlows({ app: (name) => (name === 'crm' ? 1 : null) });
    const asked = await Promise.all([
      tries(quota),
      tries(quota, { app: 'crm', recipients: 2 }),
      tries(quota, { app: 'crm', recipients: 1 }),
      tries(quota, { recipients: 1000 }),
    ]);
    expect(asked).toEqual([true, false, true, true]);
  });
});

describe('critical mail', () => {
  it('spends what is reserved, which no other mail can, not even from the lease that was taken for it', async () => {
    const { quota, use } = makeWatchedFlows({ tenant: 100, reserveCriticalPercent: 50 });
    await use({ recipients: 50 });
    expect(await tries(quota, { priority: 'critical' })).toBe(true);
    expect(await tries(quota, { priority: 'normal' })).toBe(false);
    expect(await tries(quota, { priority: 'bulk' })).toBe(false);
    let count = 1;
    while (await tries(quota, { priority: 'critical' })) count++;
    expect(count).toBe(50);
  });

  it('spends a lease that was taken for others too', async () => {
    const { quota, calls } = makeWatchedFlows({ tenant: 1000, reserveCriticalPercent: 10 });
    await spend(quota, { priority: 'bulk' });
    calls();
    expect(await tries(quota, { priority: 'critical' })).toBe(true);
    expect(calls()).toEqual([]);
  });

  it('leaves the stock of a lease to others as far as they may use it', async () => {
    const { quota, calls } = makeWatchedFlows({ tenant: 1000, reserveCriticalPercent: 10 });
    await spend(quota, { priority: 'critical' });
    calls();
    expect(await tries(quota, { priority: 'bulk' })).toBe(true);
    expect(calls()).toEqual([]);
  });
});

describe('a take whose answer is lost', () => {
  it('leaves a lease that its instance neither spends nor closes', async () => {
    const { quota, failNext, leases, taken, tend, time } = makeWatchedFlows({ tenant: 10 });
    failNext('write', 'after');
    await expect(hold(quota, { recipients: 4 })).rejects.toThrow(Unavailable);
    expect(await leases()).toHaveLength(1);
    const lost = await taken();
    const next = await hold(quota);
    expect((await leases()).map(({ id }) => id)).toContain(next.charge.lease);
    expect(await leases()).toHaveLength(2);
    next.settle(NOTHING);
    time.now += 11 * MINUTE;
    await tend();
    await quota.close();
    // The sweep closes it by the record: deadLeases.test.ts.
    expect(await leases()).toHaveLength(1);
    expect(await taken()).toBe(lost);
  });

  it('is told to all who waited for it, and to nobody who asks later', async () => {
    const { quota, failNext, taken } = makeWatchedFlows({ tenant: 10 });
    failNext('write', 'before');
    const [first, second] = await Promise.allSettled([hold(quota), hold(quota, { recipients: 2 })]);
    expect(first.status).toBe('rejected');
    // It came when the take was under way already, and is served by the next one.
    expect(second.status).toBe('fulfilled');
    expect(await taken()).toBe(2 + 4);
  });

  it('is none where only the reading failed', async () => {
    const { quota, failNext, leases } = makeWatchedFlows({ tenant: 10 });
    failNext('read', 'before');
    await expect(hold(quota)).rejects.toThrow(Unavailable);
    expect(await leases()).toEqual([]);
    expect(await tries(quota)).toBe(true);
  });
});
