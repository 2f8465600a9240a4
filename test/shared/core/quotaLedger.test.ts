import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { QuotaRequest, ScopeLimits, TakenByHour } from '../../../shared/core/quotaLedger.ts';
import {
  addTaken,
  chargeOf,
  fit,
  limitOf,
  scopesOf,
  usableLimit,
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
    expect(answer.fits ? null : answer.scope).toBe(full);
  });

  it('tells what is too large for an empty window from what only has to wait', () => {
    const large = { ...REQUEST, account: 'small@contoso.com', recipients: 6 };
    expect(fit(large, nothing, LIMITS, calendarWindows(NOON))).toMatchObject({ fits: false, tooLarge: true });
    const takenOf = (): TakenByHour => ({ [NOON]: 5 });
    const one = { ...large, recipients: 1 };
    expect(fit(one, takenOf, LIMITS, calendarWindows(NOON))).toMatchObject({ fits: false, tooLarge: false });
  });

  it('says when enough has left a rolling window', () => {
    const takenOf = (): TakenByHour => ({ [NOON - 20 * HOUR_MS]: 10, [NOON - 3 * HOUR_MS]: 90 });
    const turn = (recipients: number): unknown => {
      const answer = fit({ ...REQUEST, recipients }, takenOf, LIMITS, rollingWindows(NOON));
      return answer.fits ? null : (answer.turnsAt - NOON) / HOUR_MS;
    };
    expect(turn(10)).toBe(6);
    expect(turn(11)).toBe(23);
  });

  it('keeps the reserve for critical requests', () => {
    const reserve = { ...LIMITS, reserveCriticalPercent: 10 };
    const takenOf = (): TakenByHour => ({ [NOON]: 88 });
    expect(fit(REQUEST, takenOf, reserve, calendarWindows(NOON)).fits).toBe(false);
    expect(fit({ ...REQUEST, priority: 'critical' }, takenOf, reserve, calendarWindows(NOON)).fits).toBe(
      true,
    );
    expect(usableLimit(101, 'bulk', 10)).toBe(90);
    expect(usableLimit(null, 'bulk', 10)).toBeNull();
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

  it('never exceeds the limit, whatever is asked, given back and waited for', () => {
    const step = fc.record({
      recipients: fc.integer({ min: 1, max: 60 }),
      hours: fc.nat(9),
      back: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(calendarWindows, rollingWindows), fc.array(step), (windows, steps) => {
        let taken: TakenByHour = {};
        let now = NOON;
        for (const { recipients, hours, back } of steps) {
          now += hours * HOUR_MS;
          const window = windows(now);
          const request = { ...REQUEST, recipients };
          if (!fit(request, () => taken, LIMITS, window).fits) continue;
          taken = addTaken(taken, window.hour, recipients);
          if (back) taken = addTaken(taken, Number(chargeOf(request, window.hour).lease), -1);
          expect(usedIn(window, taken)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
