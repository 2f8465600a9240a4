import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { Lease } from '../../../shared/core/lease.ts';
import type { ScopeLimits, TakenByHour } from '../../../shared/core/quotaLedger.ts';
import { addTaken, usedIn } from '../../../shared/core/quotaLedger.ts';
import type { UsageFacts } from '../../../shared/core/quotaUsage.ts';
import { takenIn, usageOf } from '../../../shared/core/quotaUsage.ts';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import { HOUR_MS, makeWindows } from '../../../shared/core/window.ts';
import { sampleLease } from '../../contracts/ledger.ts';
import { NOON } from '../../contracts/sampleMessages.ts';

const LIMITS: ScopeLimits = {
  tenant: 100,
  external: null,
  account: (address) => (address === 'hve@contoso.com' ? 50 : null),
  app: () => 30,
  reserveCriticalPercent: 10,
  bulkPercent: 50,
};
const SHOWN: readonly QuotaScope[] = ['external', 'tenant'];
const windows = makeWindows('calendar', makeCalendar('UTC'));

function usage(changes: Partial<UsageFacts>) {
  const facts = { taken: new Map(), leases: [], shown: SHOWN, limits: LIMITS, window: windows(NOON) };
  return usageOf({ ...facts, ...changes });
}
/** A lease that was taken in an hour, of one scope. */
function leaseOf(n: number, hour: number, scope: QuotaScope, taken: number, spent: number): Lease {
  const { id, ...rest } = sampleLease(n, [[scope, taken]]);
  return { ...rest, id: id.replace(/^\d+/, String(hour)), spent: new Map([[scope, spent]]) };
}

describe('the usage', () => {
  it('tells what was used apart from what is leased, in the hour it was taken in', () => {
    const taken = new Map([['tenant', { [NOON - 2 * HOUR_MS]: 7, [NOON]: 20 }] as const]);
    const leases = [
      leaseOf(1, NOON, 'tenant', 12, 5),
      leaseOf(2, NOON, 'tenant', 6, 6),
      leaseOf(3, NOON - 2 * HOUR_MS, 'tenant', 7, 3),
    ];
    const [tenant] = usage({ taken, leases });
    expect(tenant).toEqual({
      scope: 'tenant',
      limit: 100,
      used: 16,
      leased: 11,
      byHour: [...Array<number>(10).fill(0), 3, 0, 13],
    });
  });

  it('shows the tenant and external first, then by name, with the whole limit of each', () => {
    const scopes: readonly QuotaScope[] = ['app:b', 'account:hve@contoso.com', 'app:a'];
    const taken = new Map(scopes.map((scope) => [scope, { [NOON]: 1 }] as const));
    expect(usage({ taken }).map(({ scope, limit, used }) => [scope, limit, used])).toEqual([
      ['tenant', 100, 0],
      ['external', null, 0],
      ['account:hve@contoso.com', 50, 1],
      ['app:a', 30, 1],
      ['app:b', 30, 1],
    ]);
  });

  it('has nothing of what left the window, nor of leases of then', () => {
    const taken = new Map([['tenant', { [NOON - 13 * HOUR_MS]: 40 }] as const]);
    const leases = [leaseOf(1, NOON - 13 * HOUR_MS, 'tenant', 40, 1)];
    expect(usage({ taken, leases })[0]).toMatchObject({ used: 0, leased: 0 });
  });

  it('never shows less than nothing, though a lease’s row says more than its scope’s', () => {
    const taken = new Map([['tenant', { [NOON]: 2 }] as const]);
    const [tenant] = usage({ taken, leases: [leaseOf(1, NOON, 'tenant', 9, 0)] });
    expect(tenant).toMatchObject({ used: 0, byHour: Array<number>(13).fill(0) });
  });

  it('is what was taken in the window, used and leased together, and by the hour the same', () => {
    const kinds = fc.constantFrom('calendar', 'rolling');
    const zones = fc.constantFrom('UTC', 'Europe/Vienna', 'Asia/Kolkata', 'Australia/Lord_Howe');
    const day = fc.nat(365).map((n) => NOON + n * 24 * HOUR_MS);
    const spend = fc.record({
      hoursAgo: fc.nat(40),
      taken: fc.nat(20),
      spent: fc.nat(20),
      isOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(kinds, zones, day, fc.array(spend, { maxLength: 12 }), (kind, zone, now, spends) => {
        const inForce = makeWindows(kind, makeCalendar(zone));
        let taken: TakenByHour = {};
        const leases: Lease[] = [];
        for (const [n, one] of spends.toSorted((a, b) => b.hoursAgo - a.hoursAgo).entries()) {
          const { hour } = inForce(now - one.hoursAgo * HOUR_MS);
          const spent = Math.min(one.spent, one.taken);
          taken = addTaken(taken, hour, one.isOpen ? one.taken : spent);
          if (one.isOpen) leases.push(leaseOf(n, hour, 'tenant', one.taken, spent));
        }
        const window = inForce(now);
        const [tenant] = usage({ taken: new Map([['tenant', taken]]), leases, window });
        const { used, leased, byHour } = tenant!;
        expect(used + leased).toBe(usedIn(window, taken));
        expect(byHour.reduce((sum, n) => sum + n, 0)).toBe(used);
      }),
    );
  });
});

it('what was taken in a span is that of the hours that begin in it', () => {
  const taken = { [NOON - HOUR_MS]: 1, [NOON]: 2, [NOON + HOUR_MS]: 4 };
  expect(takenIn(taken, NOON, NOON + HOUR_MS)).toBe(2);
  expect(takenIn(taken, NOON - HOUR_MS, NOON + 1)).toBe(3);
  expect(takenIn(taken, NOON + 1, NOON + HOUR_MS)).toBe(0);
});
