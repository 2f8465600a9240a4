import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { ForecastFacts } from '../../../shared/core/forecast.ts';
import { reachesLimitAt } from '../../../shared/core/forecast.ts';
import { HOUR_MS, makeWindows } from '../../../shared/core/window.ts';

const MINUTE = 60_000;
/** A Tuesday. */
const MIDNIGHT = Date.parse('2026-11-24T00:00:00Z');
const calendar = makeCalendar('UTC');
const windowsOf = { calendar: makeWindows('calendar', calendar), rolling: makeWindows('rolling', calendar) };

/** At a time of that day; `byHour` ends with its current hour, and is what was used. */
function factsAt(
  time: string,
  byHour: readonly number[],
  more: Partial<ForecastFacts> & { kind?: 'calendar' | 'rolling' } = {},
): ForecastFacts {
  const now = Date.parse(`2026-11-24T${time}Z`);
  const { kind = 'calendar', ...changes } = more;
  const window = windowsOf[kind](now);
  const used = byHour.reduce((sum, n) => sum + n, 0);
  return { limit: 1000, used, waiting: 0, byHour, past: [], window, midnight: MIDNIGHT, now, ...changes };
}
const forecast = (...args: Parameters<typeof factsAt>): string | null => {
  const at = reachesLimitAt(factsAt(...args));
  return at === null ? null : new Date(at).toISOString().slice(0, 19);
};
/** A day on which `n` went in each of these hours. */
const day = (hours: Readonly<Record<number, number>>): number[] =>
  Array.from({ length: 24 }, (_, hour) => hours[hour] ?? 0);

describe('the forecast without a history', () => {
  it('is a straight line through the current hour and the one before', () => {
    // 30 in an hour and a half, and 30 are left.
    const byHour = [...Array<number>(11).fill(0), 20, 10];
    expect(forecast('12:30:00', byHour, { limit: 60 })).toBe('2026-11-24T14:00:00');
  });

  it('in the first hour of a day knows that hour only, and takes no burst in its first minutes for the whole', () => {
    expect(forecast('00:20:00', [10], { limit: 40 })).toBe('2026-11-24T01:20:00');
    expect(forecast('00:00:01', [10], { limit: 20 })).toBe('2026-11-24T00:10:01');
  });

  it('is null where there is no limit, where nothing was used lately, and where the day ends before', () => {
    expect(forecast('12:30:00', day({ 11: 20 }).slice(0, 13), { limit: null })).toBeNull();
    expect(forecast('12:30:00', day({ 5: 900 }).slice(0, 13))).toBeNull();
    // 10 in the last hour and a half, and 100 are left.
    expect(forecast('12:30:00', day({ 12: 10 }).slice(0, 13), { limit: 110 })).toBeNull();
  });
});

describe('what waits', () => {
  const byHour = day({ 11: 20, 12: 10 }).slice(0, 13);
  it('counts as used', () => {
    expect(forecast('12:30:00', byHour, { limit: 75, waiting: 15 })).toBe('2026-11-24T14:00:00');
  });

  it('reaches a limit now that it does not fit into, and so does what was used', () => {
    expect(forecast('12:30:00', byHour, { limit: 75, waiting: 45 })).toBe('2026-11-24T12:30:00');
    expect(forecast('12:30:00', byHour, { limit: 30 })).toBe('2026-11-24T12:30:00');
    expect(forecast('12:30:00', byHour, { limit: 0 })).toBe('2026-11-24T12:30:00');
  });
});

describe('the forecast by the last days', () => {
  // Each evening at six the statements go.
  const past = [23, 22, 21].map((n) => ({ day: `2026-11-${n}`, byHour: day({ 8: 100, 18: 800 }) }));

  it('sees the evening coming that a straight line does not', () => {
    const byHour = day({ 8: 100 }).slice(0, 13);
    expect(forecast('12:00:00', byHour, { limit: 500, past })).toBe('2026-11-24T18:30:00');
    expect(forecast('12:00:00', byHour, { limit: 500 })).toBeNull();
    expect(forecast('19:00:00', day({ 8: 100, 18: 800 }).slice(0, 20), { limit: 950, past })).toBeNull();
  });

  it('goes by today’s level: a morning twice as busy makes an evening nearly so', () => {
    // Level (200 + 90) / (100 + 90): 1221 in the evening, and 300 are left.
    const at = Date.parse(`${forecast('12:00:00', day({ 8: 200 }).slice(0, 13), { limit: 500, past })!}Z`);
    expect(at).toBe(
      Date.parse('2026-11-24T18:00:00Z') + Math.floor((300 / (800 * (290 / 190))) * 3600) * 1000,
    );
  });

  it('takes an hour that has begun for the part of it that is over', () => {
    // Half of the evening has gone as it does: the other half will.
    const byHour = day({ 8: 100, 18: 400 }).slice(0, 19);
    expect(forecast('18:30:00', byHour, { limit: 700, past })).toBe('2026-11-24T18:45:00');
  });

  it('does not judge a day by its first minutes', () => {
    expect(forecast('00:05:00', [0], { limit: 500, past })).toMatch(/^2026-11-24T18:/);
    expect(forecast('00:05:00', [5], { limit: 500, past })).toMatch(/^2026-11-24T18:/);
  });

  it('says more of the same weekday', () => {
    const lastWeek = { day: '2026-11-17', byHour: day({ 10: 400 }) };
    const yesterday = { day: '2026-11-23', byHour: day({ 14: 400 }) };
    // Three parts of a Tuesday, which goes at ten, and one of a Monday.
    expect(forecast('00:00:00', [0], { limit: 300, past: [yesterday, lastWeek] })).toBe(
      '2026-11-24T11:00:00',
    );
    expect(forecast('00:00:00', [0], { limit: 150, past: [yesterday, lastWeek] })).toBe(
      '2026-11-24T10:30:00',
    );
  });

  it('of days without mail is a straight line', () => {
    const idle = [{ day: '2026-11-23', byHour: [] }];
    const byHour = [...Array<number>(11).fill(0), 20, 10];
    expect(forecast('12:30:00', byHour, { limit: 60, past: idle })).toBe('2026-11-24T14:00:00');
  });

  it('on a day of 25 hours ends as the 24th usually goes', () => {
    const berlin = makeCalendar('Europe/Berlin');
    const now = berlin.startOf('2026-10-26') - 30 * MINUTE;
    const window = makeWindows('calendar', berlin)(now);
    const facts = factsAt('00:00:00', Array<number>(25).fill(10), {
      window,
      midnight: berlin.startOf('2026-10-25'),
      now,
      limit: 252,
      past: [{ day: '2026-10-24', byHour: Array<number>(24).fill(10) }],
    });
    expect(window.hour - facts.midnight).toBe(24 * HOUR_MS);
    const at = reachesLimitAt(facts)!;
    expect(at).toBeGreaterThan(now);
    expect(at).toBeLessThan(now + 15 * MINUTE);
  });
});

describe('the forecast in a rolling window', () => {
  it('counts what falls out of it', () => {
    // 950 yesterday at 11, which leave at 13:00; 10 an hour since.
    const byHour = [...Array<number>(1).fill(950), ...Array<number>(25).fill(0)];
    byHour[24] = 10;
    byHour[25] = 10;
    const at = forecast('12:59:59', byHour, { limit: 985, kind: 'rolling' });
    expect(at).toBeNull();
    expect(forecast('12:00:00', byHour, { limit: 975, kind: 'rolling' })).toMatch(/^2026-11-24T12:15:/);
  });

  it('looks 24 hours ahead, into tomorrow at the usual level', () => {
    const past = [{ day: '2026-11-23', byHour: day({ 9: 100, 10: 100 }) }];
    // Ten times the usual today.
    const byHour = Array<number>(26).fill(0);
    byHour[22] = 1000;
    byHour[23] = 1000;
    expect(forecast('12:00:00', byHour, { limit: 2050, past, kind: 'rolling' })).toBe('2026-11-25T09:30:00');
    expect(forecast('12:00:00', byHour, { limit: 2250, past, kind: 'rolling' })).toBeNull();
  });
});

describe('the forecast of any facts', () => {
  const count = fc.nat(500);
  const facts = fc
    .record({
      kind: fc.constantFrom('calendar', 'rolling'),
      sinceMidnightMs: fc.nat(24 * HOUR_MS - 1),
      hours: fc.array(count, { minLength: 26, maxLength: 26 }),
      waiting: fc.oneof(fc.constant(0), count),
      limit: fc.nat(10_000),
      past: fc.array(fc.array(count, { maxLength: 25 }), { maxLength: 7 }),
    })
    .map(({ kind, sinceMidnightMs, hours, waiting, limit, past }): ForecastFacts => {
      const now = MIDNIGHT + sinceMidnightMs;
      const window = windowsOf[kind](now);
      const byHour = kind === 'rolling' ? hours : hours.slice(-Math.floor(sinceMidnightMs / HOUR_MS) - 1);
      return {
        limit,
        used: byHour.reduce((sum, n) => sum + n, 0),
        waiting,
        byHour,
        past: past.map((byHour, n) => ({ day: `2026-11-${23 - n}`, byHour })),
        window,
        midnight: MIDNIGHT,
        now,
      };
    });
  const endOf = ({ window, now }: ForecastFacts): number =>
    window.kind === 'calendar' ? window.endsAt : now + 24 * HOUR_MS;
  const orNever = (at: number | null): number => at ?? Infinity;
  /** One more or less by the rounding of fractions of a recipient. */
  const MS = 1;

  it('is never before now, and never when the window is over', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const at = reachesLimitAt(facts);
        if (at === null) return;
        expect(at).toBeGreaterThanOrEqual(facts.now);
        expect(at).toBeLessThan(endOf(facts));
      }),
    );
  });

  it('is now exactly where what was used and what waits has reached the limit', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        const isReached = facts.used + facts.waiting >= facts.limit!;
        expect(reachesLimitAt(facts) === facts.now).toBe(isReached);
      }),
    );
  });

  it('comes no later when more was used, in whatever hour', () => {
    fc.assert(
      fc.property(facts, fc.nat(25), fc.integer({ min: 1, max: 500 }), (facts, at, more) => {
        const hour = at % facts.byHour.length;
        const byHour = facts.byHour.map((n, index) => (index === hour ? n + more : n));
        const busier = { ...facts, byHour, used: facts.used + more };
        expect(orNever(reachesLimitAt(busier))).toBeLessThanOrEqual(orNever(reachesLimitAt(facts)) + MS);
      }),
    );
  });

  it('comes no later when more waits, or the limit is lower', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 1, max: 500 }), (facts, more) => {
        const before = orNever(reachesLimitAt(facts));
        const waiting = facts.waiting + more;
        expect(orNever(reachesLimitAt({ ...facts, waiting }))).toBeLessThanOrEqual(before);
        const limit = Math.max(0, facts.limit! - more);
        expect(orNever(reachesLimitAt({ ...facts, limit }))).toBeLessThanOrEqual(before);
      }),
    );
  });

  it('is null without a limit', () => {
    fc.assert(
      fc.property(facts, (facts) => {
        expect(reachesLimitAt({ ...facts, limit: null })).toBeNull();
      }),
    );
  });
});
