/**
 * A window of the quota is a set of hours. An hour is named by its start, and hours are cut from local midnight in the
 * zone, so that a calendar day is whole hours whatever the zone's offset is (a 30-minute change of the clock only makes
 * the last hour of that day shorter). Nothing has to be reset in time.
 */
import type { Calendar } from './calendarDay.ts';
import { nextDay } from './calendarDay.ts';

export interface QuotaWindow {
  readonly kind: 'calendar' | 'rolling';
  /** The day in the zone, `2026-11-24`. */
  readonly day: string;
  /** Hours that overlap what lies after this instant belong to the window, later ones that stand there included. */
  readonly startsAt: number;
  /** When something becomes free by itself: the day's end, or the end of the current hour. */
  readonly endsAt: number;
  /** The start of the current hour: what is taken now is written there. */
  readonly hour: number;
}

export const HOUR_MS = 3_600_000;
/** The last 24 hours, counted so that no 24 hours ever hold more: skew and a slow acceptance included. */
const ROLLING_HOURS = 26;

/** The window of an instant, which is asked for at every reservation: the day's bounds are remembered. */
export function makeWindows(kind: 'calendar' | 'rolling', calendar: Calendar): (now: number) => QuotaWindow {
  let bounds = { day: '', start: 0, end: 0 };
  return (now) => {
    if (now < bounds.start || now >= bounds.end) {
      const day = calendar.dayOf(now);
      bounds = { day, start: calendar.startOf(day), end: calendar.startOf(nextDay(day)) };
    }
    const hour = bounds.start + Math.floor((now - bounds.start) / HOUR_MS) * HOUR_MS;
    const common = { kind, day: bounds.day, hour };
    return kind === 'calendar'
      ? { ...common, startsAt: bounds.start, endsAt: bounds.end }
      : {
          ...common,
          startsAt: hour - (ROLLING_HOURS - 1) * HOUR_MS,
          endsAt: Math.min(hour + HOUR_MS, bounds.end),
        };
  };
}

/** An hour of the ledger overlaps the window, whatever zone it was cut in. */
export function isInWindow(window: QuotaWindow, hourStart: number): boolean {
  return hourStart + HOUR_MS > window.startsAt;
}

/** When an hour's spends have left the window: the day's end, or the first of the window's hours 26 hours after it began. */
export function leavesWindowAt(window: QuotaWindow, hourStart: number): number {
  if (window.kind === 'calendar') return window.endsAt;
  const hours = (hourStart - window.hour) / HOUR_MS + ROLLING_HOURS;
  // An hour that another zone cut begins within one of the window's.
  return window.hour + Math.ceil(hours) * HOUR_MS;
}
