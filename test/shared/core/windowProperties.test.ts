/** What no window may ever give away, whenever recipients are taken and spent, whatever changes in the middle. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import { makeDurations } from '../../../shared/core/durations.ts';
import type { QuotaRequest, ScopeLimits, TakenByHour } from '../../../shared/core/quotaLedger.ts';
import { addTaken, fit } from '../../../shared/core/quotaLedger.ts';
import type { QuotaWindow } from '../../../shared/core/window.ts';
import { HOUR_MS, makeWindows } from '../../../shared/core/window.ts';

const { lease: LEASE_MS, margin: MARGIN_MS } = makeDurations(1);
const DAY_MS = 24 * HOUR_MS;
const LIMIT = 100;
const LIMITS: ScopeLimits = {
  tenant: LIMIT,
  external: null,
  account: () => null,
  app: () => null,
  reserveCriticalPercent: 0,
  bulkPercent: 100,
};
const ZONES = ['UTC', 'Europe/Vienna', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns'] as const;
const calendars = ZONES.map(makeCalendar);
/** About the days on which one of the zones puts its clocks forward or back, and an ordinary one. */
const STARTS = ['2026-03-28', '2026-04-04', '2026-10-03', '2026-10-24', '2026-11-24'].map(Date.parse);

type Windows = (now: number) => QuotaWindow;
const rolling = calendars.map((calendar): Windows => makeWindows('rolling', calendar));
const calendar = calendars.map((each): Windows => makeWindows('calendar', each));

/** A wish, after a while, by an instance whose clock is wrong, which spends what it took after a while. */
interface Wish {
  readonly afterMs: number;
  readonly recipients: number;
  readonly clockMs: number;
  /** As a share of what the lease and the margin allow at the most. */
  readonly spentAt: number;
  readonly windows: Windows;
}

const wishes = (windows: fc.Arbitrary<Windows>): fc.Arbitrary<Wish[]> =>
  fc.array(
    fc.record({
      afterMs: fc.oneof(fc.nat(3 * HOUR_MS), fc.nat(60_000)),
      recipients: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(LIMIT)),
      clockMs: fc.integer({ min: -MARGIN_MS / 2, max: MARGIN_MS / 2 }),
      spentAt: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(1)),
      windows,
    }),
    { minLength: 20, maxLength: 80 },
  );

const alwaysOneOf = (some: readonly Windows[]): fc.Arbitrary<Wish[]> =>
  fc.constantFrom(...some).chain((windows) => wishes(fc.constant(windows)));

interface Spend {
  readonly at: number;
  readonly n: number;
}

/** What the ledger grants of the wishes; `afterTake` sees each, with all that was taken by then at which true instant. */
function simulate(
  start: number,
  all: readonly Wish[],
  afterTake: (window: QuotaWindow, now: number, taken: readonly Spend[]) => void = () => {},
): Spend[] {
  let ledger: TakenByHour = {};
  let now = start;
  const taken: Spend[] = [];
  const spent: Spend[] = [];
  for (const { afterMs, recipients, clockMs, spentAt, windows } of all) {
    now += afterMs;
    const shown = now + clockMs;
    const window = windows(shown);
    const request: QuotaRequest = { recipients, external: 0, account: 'a@b', app: 'x', priority: 'normal' };
    if (!fit(request, () => ledger, LIMITS, window).ok) continue;
    ledger = addTaken(ledger, window.hour, recipients);
    taken.push({ at: shown, n: recipients });
    afterTake(window, shown, taken);
    // By the owner's clock at the lease's end, and as late as two clocks and a slow acceptance allow.
    const latest = Math.min(shown + LEASE_MS, window.hour + HOUR_MS) + MARGIN_MS;
    spent.push({ at: now + (latest - now) * spentAt, n: recipients });
  }
  return spent;
}

function sumWithin(spends: readonly Spend[], from: number, to: number): number {
  return spends.reduce((sum, { at, n }) => (at >= from && at < to ? sum + n : sum), 0);
}

/** The most that was spent in any 24 hours: one of those that begin with a spend. */
function mostInAnyDay(spends: readonly Spend[], dayMs = DAY_MS): number {
  return Math.max(0, ...spends.map(({ at }) => sumWithin(spends, at, at + dayMs)));
}

it('no 24 hours ever hold more than the limit of a rolling window, spent however late', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STARTS), alwaysOneOf(rolling), (start, all) => {
      expect(mostInAnyDay(simulate(start, all))).toBeLessThanOrEqual(LIMIT);
    }),
    { numRuns: 150 },
  );
});

it('nor where the zone is changed in the middle, again and again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STARTS), wishes(fc.constantFrom(...rolling)), (start, all) => {
      expect(mostInAnyDay(simulate(start, all))).toBeLessThanOrEqual(LIMIT);
    }),
  );
});

it('control: 27 hours may hold more, and 24 might where one hour less were counted', () => {
  const windows = rolling[0]!;
  const start = STARTS.at(-1)!;
  const wish = (afterMs: number, spentAt: number, of: Windows): Wish => ({
    afterMs,
    recipients: LIMIT,
    clockMs: 0,
    spentAt,
    windows: of,
  });
  const everyHour = Array.from({ length: 60 }, () => wish(HOUR_MS, 1, windows));
  expect(mostInAnyDay(simulate(start, everyHour), 27 * HOUR_MS)).toBe(2 * LIMIT);
  const careless: Windows = (now) => ({ ...windows(now), startsAt: windows(now).hour - 24 * HOUR_MS });
  // Taken just before the end of an hour and spent after it; then at the beginning of the same hour of the next day.
  const late = (of: Windows): Wish[] => [wish(HOUR_MS - 1000, 1, of), wish(DAY_MS + 31_000, 0, of)];
  expect(mostInAnyDay(simulate(start, late(careless)))).toBe(2 * LIMIT);
  expect(mostInAnyDay(simulate(start, late(windows)))).toBe(LIMIT);
});

it('no day of a zone ever holds takes of more than its limit', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STARTS), alwaysOneOf(calendar), (start, all) => {
      simulate(start, all, (window, now, taken) => {
        expect(window.startsAt <= now && now < window.endsAt).toBe(true);
        expect(sumWithin(taken, window.startsAt, window.endsAt)).toBeLessThanOrEqual(LIMIT);
      });
    }),
    { numRuns: 150 },
  );
});

it('a window that is changed for another, in zone or kind, gives nothing away: all of it counts at once', () => {
  const changing = fc.constantFrom(...rolling, ...calendar);
  fc.assert(
    fc.property(fc.constantFrom(...STARTS), wishes(changing), (start, all) => {
      simulate(start, all, (window, now, taken) => {
        const from = window.kind === 'calendar' ? window.startsAt : now - DAY_MS;
        // Whatever cut the hours it was taken in. What a clock ahead of ours took lies after now.
        expect(sumWithin(taken, from, Infinity)).toBeLessThanOrEqual(LIMIT);
      });
    }),
    { numRuns: 200 },
  );
});

it('control: it would give something away if an hour counted only where it begins', () => {
  const vienna = calendar[1]!;
  const kolkata = calendar[2]!;
  // Midnight in Kolkata is 18:30 UTC: its window begins in the middle of an hour of Vienna.
  const window = kolkata(Date.parse('2026-11-24T18:40:00Z'));
  const { hour } = vienna(Date.parse('2026-11-24T18:35:00Z'));
  expect(window.startsAt).toBe(Date.parse('2026-11-24T18:30:00Z'));
  expect(hour).toBeLessThan(window.startsAt);
  const request: QuotaRequest = { recipients: 1, external: 0, account: 'a@b', app: 'x', priority: 'normal' };
  expect(fit(request, () => ({ [hour]: LIMIT }), LIMITS, window).ok).toBe(false);
});
