import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { QuotaRequest, ScopeLimits, TakenByHour } from '../../../shared/core/quotaLedger.ts';
import {
  addTaken,
  fit,
  HOURS_KEPT,
  limitOf,
  scopesOf,
  usableOf,
  usedIn,
} from '../../../shared/core/quotaLedger.ts';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import { HOUR_MS, makeWindows } from '../../../shared/core/window.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const calendarWindows = makeWindows('calendar', makeCalendar('UTC'));
const rollingWindows = makeWindows('rolling', makeCalendar('UTC'));
const LIMITS: ScopeLimits = {
  tenant: 100,
  external: 20,
  account: (address) => (address === 'small@contoso.com' ? 5 : null),
  app: (name) => (name === 'noisy' ? 7 : null),
  reserveCriticalPercent: 0,
  bulkPercent: 100,
};
const REQUEST: QuotaRequest = {
  recipients: 3,
  external: 0,
  account: 'hve@contoso.com',
  app: 'payroll',
  priority: 'normal',
};
const nothing = (): TakenByHour => ({});

describe('the scopes of a request', () => {
  it('are the tenant, the account and the app with all recipients, and external with the external ones', () => {
    expect(scopesOf({ ...REQUEST, external: 2 })).toEqual([
      ['tenant', 3],
      ['account:hve@contoso.com', 3],
      ['app:payroll', 3],
      ['external', 2],
    ]);
    expect(scopesOf(REQUEST).map(([scope]) => scope)).not.toContain('external');
  });

  it('have their limits, or none', () => {
    expect(limitOf(LIMITS, 'tenant')).toBe(100);
    expect(limitOf(LIMITS, 'external')).toBe(20);
    expect(limitOf(LIMITS, 'account:small@contoso.com')).toBe(5);
    expect(limitOf(LIMITS, 'account:hve@contoso.com')).toBeNull();
    expect(limitOf(LIMITS, 'app:noisy')).toBe(7);
  });
});

describe('whether a request fits', () => {
  it.each<[Partial<QuotaRequest>, Partial<Record<QuotaScope, number>>, QuotaScope | null]>([
    [{}, {}, null],
    [{}, { tenant: 97 }, null],
    [{}, { tenant: 98 }, 'tenant'],
    [{ external: 1 }, { external: 19 }, null],
    [{ external: 2 }, { external: 19 }, 'external'],
    [{ external: 0 }, { external: 20 }, null],
    [{ account: 'small@contoso.com' }, { 'account:small@contoso.com': 3 }, 'account:small@contoso.com'],
    [{ app: 'noisy' }, { 'app:noisy': 5 }, 'app:noisy'],
    [{ app: 'noisy', external: 3 }, { 'app:noisy': 5, external: 20, tenant: 99 }, 'tenant'],
  ])('%o beside %o: %s', (changes, taken, full) => {
    const takenOf = (scope: QuotaScope): TakenByHour => ({ [NOON - HOUR_MS]: taken[scope] ?? 0 });
    const answer = fit({ ...REQUEST, ...changes }, takenOf, LIMITS, calendarWindows(NOON));
    expect(answer.ok ? null : answer.scope).toBe(full);
  });

  it('tells what is too large for an empty window from what only has to wait', () => {
    const large = { ...REQUEST, account: 'small@contoso.com', recipients: 6 };
    expect(fit(large, nothing, LIMITS, calendarWindows(NOON))).toMatchObject({ ok: false, tooLarge: true });
    const takenOf = (): TakenByHour => ({ [NOON]: 5 });
    const one = { ...large, recipients: 1 };
    expect(fit(one, takenOf, LIMITS, calendarWindows(NOON))).toMatchObject({ ok: false, tooLarge: false });
  });

  it('says when enough has left a rolling window', () => {
    const takenOf = (): TakenByHour => ({ [NOON - 20 * HOUR_MS]: 10, [NOON - 3 * HOUR_MS]: 90 });
    const turn = (recipients: number): unknown => {
      const answer = fit({ ...REQUEST, recipients }, takenOf, LIMITS, rollingWindows(NOON));
      return answer.ok ? null : (answer.turnsAt - NOON) / HOUR_MS;
    };
    expect(turn(10)).toBe(6);
    expect(turn(11)).toBe(23);
  });

  it('keeps the reserve for critical requests', () => {
    const reserve = { ...LIMITS, reserveCriticalPercent: 10 };
    const takenOf = (): TakenByHour => ({ [NOON]: 88 });
    expect(fit(REQUEST, takenOf, reserve, calendarWindows(NOON)).ok).toBe(false);
    expect(fit({ ...REQUEST, priority: 'critical' }, takenOf, reserve, calendarWindows(NOON)).ok).toBe(true);
  });

  it('keeps bulk requests to their share, whoever used it', () => {
    const share = { ...LIMITS, bulkPercent: 50 };
    const takenOf = (): TakenByHour => ({ [NOON]: 47 });
    const fits = (recipients: number, priority: 'bulk' | 'normal'): boolean =>
      fit({ ...REQUEST, recipients, priority }, takenOf, share, calendarWindows(NOON)).ok;
    expect(fits(3, 'bulk')).toBe(true);
    expect(fits(4, 'bulk')).toBe(false);
    expect(fits(4, 'normal')).toBe(true);
  });

  it('fits exactly where every scope has room, and by itself in the end where it is not too large', () => {
    const scopes: readonly QuotaScope[] = ['tenant', 'external', 'account:a@b', 'app:x'];
    const hours = fc.array(fc.record({ ago: fc.nat(40), n: fc.nat(30) }), { maxLength: 6 });
    const request = fc.record({
      recipients: fc.integer({ min: 1, max: 60 }),
      external: fc.nat(3),
      account: fc.constant('a@b'),
      app: fc.constant('x'),
      priority: fc.constantFrom('critical', 'normal', 'bulk'),
    });
    const caps = fc.record({
      tenant: fc.option(fc.nat(120)),
      external: fc.option(fc.nat(120)),
      account: fc.option(fc.nat(120)).map((n) => () => n),
      app: fc.option(fc.nat(120)).map((n) => () => n),
      reserveCriticalPercent: fc.nat(99),
      bulkPercent: fc.integer({ min: 1, max: 100 }),
    });
    const windowsOf = fc.constantFrom(calendarWindows, rollingWindows);
    const state = fc.array(hours, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(windowsOf, state, request, caps, (windows, allHours, wish, limits) => {
        const taken = new Map(
          scopes.map((scope, n) => {
            const add = (sum: TakenByHour, { ago, n: count }: { ago: number; n: number }): TakenByHour => ({
              ...sum,
              [NOON - ago * HOUR_MS]: count,
            });
            return [scope, allHours[n]!.reduce(add, {})];
          }),
        );
        const takenOf = (scope: QuotaScope): TakenByHour => taken.get(scope) ?? {};
        const window = windows(NOON);
        const full = scopesOf(wish).filter(([scope, n]) => {
          const usable = usableOf(limits, scope, wish.priority);
          return usable !== null && usedIn(window, takenOf(scope)) + n > usable;
        });
        const answer = fit(wish, takenOf, limits, window);
        expect(answer.ok).toBe(full.length === 0);
        if (answer.ok) return;
        expect(answer.scope).toBe(full[0]![0]);
        const [, n] = full[0]!;
        expect(answer.tooLarge).toBe(n > usableOf(limits, answer.scope, wish.priority)!);
        const isFullAt = (now: number): boolean => {
          const then = fit(wish, takenOf, limits, windows(now));
          return !then.ok && then.scope === answer.scope;
        };
        expect(isFullAt(answer.turnsAt - 1)).toBe(true);
        expect(isFullAt(answer.turnsAt)).toBe(answer.tooLarge);
      }),
    );
  });
});

describe('what was taken', () => {
  it('is added to its hour, and falls from it, never below zero', () => {
    const taken = addTaken(addTaken({}, NOON, 5), NOON, 3);
    expect(usedIn(calendarWindows(NOON), taken)).toBe(8);
    expect(addTaken(taken, NOON, -10)[NOON]).toBe(0);
  });

  it('leaves other hours alone when it is given back late', () => {
    const taken = addTaken(addTaken({}, NOON - 30 * HOUR_MS, 4), NOON, 6);
    const back = addTaken(taken, NOON - 30 * HOUR_MS, -1);
    expect(back).toEqual({ [NOON - 30 * HOUR_MS]: 3, [NOON]: 6 });
  });

  it('keeps every hour that a window can still hold, and not for ever', () => {
    let taken: TakenByHour = {};
    for (let n = 0; n < 500; n++) taken = addTaken(taken, NOON + n * HOUR_MS, 1);
    expect(Object.keys(taken).length).toBeLessThanOrEqual(51);
    const now = NOON + 499 * HOUR_MS;
    expect(usedIn(rollingWindows(now), taken)).toBe(26);
  });

  it('is the same after a take and its whole give-back, but for hours that no window holds any more', () => {
    const ago = fc.nat(HOURS_KEPT - 1);
    const counts = fc.array(fc.record({ ago, n: fc.integer({ min: 1, max: 9 }) }), { maxLength: 8 });
    fc.assert(
      fc.property(counts, fc.nat(20), fc.nat(30), (before, n, lostAgo) => {
        const taken = Object.fromEntries(before.map((hour) => [NOON - hour.ago * HOUR_MS, hour.n]));
        const old = { [NOON - (HOURS_KEPT + lostAgo) * HOUR_MS]: 5 };
        const after = addTaken(addTaken({ ...taken, ...old }, NOON, n), NOON, -n);
        expect({ [NOON]: 0, ...after }).toEqual({ [NOON]: 0, ...taken });
      }),
    );
    // What is dropped is in no window: not in the longest day, not in the last 26 hours.
    expect(HOURS_KEPT).toBeGreaterThan(26);
  });
});

describe('what a priority may use of a limit', () => {
  it('leaves the last part to what is critical, and to bulk its share at the most', () => {
    const usable = (priority: 'critical' | 'normal' | 'bulk', reserve: number, bulk: number): unknown =>
      usableOf(
        { ...LIMITS, tenant: 101, reserveCriticalPercent: reserve, bulkPercent: bulk },
        'tenant',
        priority,
      );
    expect(usable('critical', 10, 100)).toBe(101);
    expect(usable('normal', 10, 100)).toBe(90);
    expect(usable('bulk', 10, 100)).toBe(90);
    expect(usable('bulk', 10, 80)).toBe(80);
    expect(usable('bulk', 30, 80)).toBe(70);
    expect(usable('normal', 0, 80)).toBe(101);
    expect(usableOf(LIMITS, 'account:hve@contoso.com', 'bulk')).toBeNull();
  });

  it('is a whole number that falls with urgency and never exceeds the limit', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.nat(99),
        fc.integer({ min: 1, max: 100 }),
        (tenant, reserveCriticalPercent, bulkPercent) => {
          const limits = { ...LIMITS, tenant, reserveCriticalPercent, bulkPercent };
          const of = (priority: 'critical' | 'normal' | 'bulk'): number =>
            usableOf(limits, 'tenant', priority)!;
          expect(of('critical')).toBe(tenant);
          expect(of('normal')).toBeLessThanOrEqual(tenant);
          expect(of('bulk')).toBeLessThanOrEqual(of('normal'));
          expect(of('bulk')).toBeGreaterThanOrEqual(0);
          expect([of('normal'), of('bulk')].every(Number.isInteger)).toBe(true);
          // The reserve is never less than its share, bulk never gets more than its own.
          expect((tenant - of('normal')) * 100).toBeGreaterThanOrEqual(tenant * reserveCriticalPercent);
          expect(of('bulk') * 100).toBeLessThanOrEqual(tenant * bulkPercent);
        },
      ),
    );
  });
});
