import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCalendar, nextDay } from '../../../shared/core/calendarDay.ts';
import type { QuotaWindow } from '../../../shared/core/window.ts';
import { HOUR_MS, isInWindow, leavesWindowAt, makeWindows } from '../../../shared/core/window.ts';

const DAY_MS = 24 * HOUR_MS;
const ZONES = ['UTC', 'Europe/Vienna', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/New_York'];
const YEAR_2026 = Date.parse('2026-01-01T00:00:00Z');
const instants = fc.integer({ min: YEAR_2026, max: YEAR_2026 + 365 * DAY_MS });

describe('a calendar window', () => {
  it('is the day in the zone, cut into hours from its midnight', () => {
    const calendar = makeCalendar('Asia/Kolkata');
    const window = makeWindows('calendar', calendar)(Date.parse('2026-11-24T10:45:00+05:30'));
    expect(window).toEqual({
      kind: 'calendar',
      day: '2026-11-24',
      startsAt: Date.parse('2026-11-24T00:00:00+05:30'),
      endsAt: Date.parse('2026-11-25T00:00:00+05:30'),
      hour: Date.parse('2026-11-24T10:00:00+05:30'),
    });
  });

  it('turns at midnight: what was taken before is not in it, what is taken now is', () => {
    for (const zone of ZONES) {
      const calendar = makeCalendar(zone);
      const windows = makeWindows('calendar', calendar);
      fc.assert(
        fc.property(instants, (now) => {
          const window = windows(now);
          expect(window.startsAt <= now && now < window.endsAt).toBe(true);
          expect(window.hour <= now && now < window.hour + HOUR_MS).toBe(true);
          expect(isInWindow(window, window.hour)).toBe(true);
          const yesterday = windows(window.startsAt - 1);
          expect(yesterday.endsAt).toBe(window.startsAt);
          const next = windows(window.endsAt);
          expect(next.day).toBe(nextDay(window.day));
          expect(isInWindow(next, next.hour)).toBe(true);
          expect(leavesWindowAt(window, window.hour)).toBe(window.endsAt);
        }),
        { numRuns: 60 },
      );
    }
  });

  it('counts an hour that another zone cut across midnight', () => {
    const utc = makeWindows('calendar', makeCalendar('UTC'))(Date.parse('2026-11-24T00:10:00Z'));
    expect(isInWindow(utc, Date.parse('2026-11-23T23:30:00Z'))).toBe(true);
    expect(isInWindow(utc, Date.parse('2026-11-23T23:00:00Z'))).toBe(false);
  });
});

describe('the hours of a day', () => {
  it.each([
    ['Europe/Vienna', '2026-03-29', 23],
    ['Europe/Vienna', '2026-10-25', 25],
    ['America/New_York', '2026-03-08', 23],
    ['Asia/Kolkata', '2026-11-24', 24],
    ['Australia/Adelaide', '2026-04-05', 25],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['America/Sao_Paulo', '2018-11-04', 23],
  ])('in %s on %s are cut from its midnight, and all are in its window: %f of them', (zone, day, hours) => {
    const calendar = makeCalendar(zone);
    const windows = makeWindows('calendar', calendar);
    const [start, end] = [calendar.startOf(day), calendar.startOf(nextDay(day))];
    expect((end - start) / HOUR_MS).toBe(hours);
    const window = windows(start);
    const starts = hoursBetween(windows, start, end);
    expect(starts).toEqual(Array.from({ length: Math.ceil(hours) }, (_, n) => start + n * HOUR_MS));
    expect(starts.filter((hour) => !isInWindow(window, hour))).toEqual([]);
    const other = { before: windows(start - 1), after: windows(end) };
    expect(
      hoursBetween(windows, other.before.startsAt, start).filter((hour) => isInWindow(window, hour)),
    ).toEqual([]);
    // An hour has no end in the ledger: a last one that summer time cut short counts on both sides, so that nothing is given away.
    const isCutShort = !Number.isInteger(hours);
    expect(starts.filter((hour) => isInWindow(other.after, hour))).toEqual(
      isCutShort ? starts.slice(-1) : [],
    );
    expect(hoursBetween(windows, end, other.after.endsAt).filter((hour) => hour < end)).toEqual([]);
  });

  it('are in no other day’s window, all year long, in zones whose days are whole hours', () => {
    for (const zone of [
      'UTC',
      'Europe/Vienna',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'America/St_Johns',
      'America/New_York',
    ]) {
      const windows = makeWindows('calendar', makeCalendar(zone));
      let window = windows(YEAR_2026);
      while (window.startsAt < YEAR_2026 + 365 * DAY_MS) {
        const next = windows(window.endsAt);
        const last = windows(window.endsAt - 1).hour;
        expect([isInWindow(window, last), isInWindow(next, last)]).toEqual([true, false]);
        expect(next.startsAt).toBe(window.endsAt);
        window = next;
      }
    }
  });
});

/** The hours that takes of every five minutes are written to. */
function hoursBetween(windows: (now: number) => QuotaWindow, from: number, to: number): number[] {
  const hours = new Set<number>();
  for (let now = from; now < to; now += 300_000) hours.add(windows(now).hour);
  return [...hours];
}

describe('a rolling window', () => {
  it('holds everything that was taken in the last 24 hours and an hour more, and lets it go in the end', () => {
    const windows = makeWindows('rolling', makeCalendar('Europe/Vienna'));
    fc.assert(
      fc.property(instants, fc.nat(25 * HOUR_MS), (takenAt, laterMs) => {
        expect(isInWindow(windows(takenAt + laterMs), windows(takenAt).hour)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(instants, fc.integer({ min: 27 * HOUR_MS, max: 60 * HOUR_MS }), (takenAt, laterMs) => {
        expect(isInWindow(windows(takenAt + laterMs), windows(takenAt).hour)).toBe(false);
      }),
    );
    expect.hasAssertions();
  });

  it('says when an hour leaves it', () => {
    const windows = makeWindows('rolling', makeCalendar('UTC'));
    const window = windows(Date.parse('2026-11-24T12:30:00Z'));
    const leavesAt = leavesWindowAt(window, window.hour);
    expect(isInWindow(windows(leavesAt - 1), window.hour)).toBe(true);
    expect(isInWindow(windows(leavesAt), window.hour)).toBe(false);
  });

  it('says it too of an hour that another zone cut', () => {
    const windows = makeWindows('rolling', makeCalendar('UTC'));
    const window = windows(Date.parse('2026-11-24T12:50:00Z'));
    for (const minutes of [0, 15, 30, 45]) {
      const hour = Date.parse('2026-11-24T08:00:00Z') + minutes * 60_000;
      const leavesAt = leavesWindowAt(window, hour);
      expect(isInWindow(windows(leavesAt - 1), hour)).toBe(true);
      expect(isInWindow(windows(leavesAt), hour)).toBe(false);
    }
  });
});
