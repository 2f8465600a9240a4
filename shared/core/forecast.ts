/**
 * When a scope's limit will be reached (pure).
 *
 *   the last days have a curve ... the day goes on as they did, hour by hour, at today's level
 *   they have none ............... it goes on as in the current hour and the one before: a straight line
 *
 * What waits counts as used already: it goes as soon as it may. What is leased does not: unspent, it goes back.
 */
import type { QuotaWindow } from './window.ts';
import { HOUR_MS } from './window.ts';

export interface PastDay {
  /** `2026-11-24` */
  readonly day: string;
  /** Recipients by hour from midnight on; empty: none. */
  readonly byHour: readonly number[];
}

export interface ForecastFacts {
  readonly limit: number | null;
  /** Recipients in the window. */
  readonly used: number;
  readonly waiting: number;
  /** Recipients by the hours of the window, the current one last. */
  readonly byHour: readonly number[];
  readonly past: readonly PastDay[];
  readonly window: QuotaWindow;
  /** The day's first instant; milliseconds since the epoch, like `now`. */
  readonly midnight: number;
  readonly now: number;
}

/** Recipients a millisecond in the hour that begins there. */
type Pace = (hourStart: number) => number;

/** A weekday is like itself: a Monday says more of a Monday than a Sunday does. */
const SAME_WEEKDAY_WEIGHT = 3;
/** This share of a usual day counts as if it had gone as usual: a quiet or busy first hour does not decide the day. */
const USUAL_SHARE = 0.1;
/** Of a rolling window, from which hours fall out all the time, so far ahead is looked. */
const ROLLING_AHEAD_MS = 24 * HOUR_MS;
/** A burst in the first minutes of a day says nothing of the hour. */
const LINE_AT_LEAST_MS = 10 * 60_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/**
 * Milliseconds since the epoch, never before `now`; null: there is no limit, or it is not reached before the calendar day ends (in a
 * rolling window: within 24 hours).
 */
export function reachesLimitAt(facts: ForecastFacts): number | null {
  const { limit, window, now } = facts;
  if (limit === null) return null;
  const pace = usualPace(facts) ?? straightPace(facts);
  const until = window.kind === 'calendar' ? window.endsAt : now + ROLLING_AHEAD_MS;
  let used = facts.used + facts.waiting;
  for (let at = now, hour = window.hour; ; at = hour) {
    if (used >= limit) return at;
    if (at >= until) return null;
    const end = Math.min(until, hour + HOUR_MS);
    const perMs = pace(hour);
    const grown = used + perMs * (end - at);
    if (grown >= limit) {
      // Within the hour, whatever the rounding does.
      const reached = Math.min(end, Math.ceil(at + (limit - used) / perMs));
      return reached < until ? reached : null;
    }
    used = grown - (end === hour + HOUR_MS ? leavingAt(facts, end) : 0);
    hour += HOUR_MS;
  }
}

/** As the last days went, at today's level; null: nothing was used in them. */
function usualPace({ past, window, midnight, byHour, now }: ForecastFacts): Pace | null {
  const curve = usualDay(past, window.day);
  const usual = sum(curve);
  if (usual === 0) return null;
  const current = Math.round((window.hour - midnight) / HOUR_MS);
  const soFar = sum(byHour.slice(-current - 1));
  const ofThisHour = (now - window.hour) / HOUR_MS;
  const expected = sum(curve.slice(0, current)) + usualIn(curve, current) * ofThisHour;
  const level = (soFar + USUAL_SHARE * usual) / (expected + USUAL_SHARE * usual);
  return (hourStart) => {
    const hour = Math.round((hourStart - midnight) / HOUR_MS);
    // Today's level says nothing of tomorrow, into which a rolling window looks.
    const isTomorrow = window.kind === 'rolling' && hour >= 24;
    return ((isTomorrow ? 1 : level) * usualIn(curve, isTomorrow ? hour - 24 : hour)) / HOUR_MS;
  };
}

/** A day of 25 hours ends as the 24th went. */
function usualIn(curve: readonly number[], hour: number): number {
  return curve[Math.min(hour, 23)]!;
}

/** Recipients in each of 24 hours, the mean of the past days by their weights. */
function usualDay(past: readonly PastDay[], today: string): number[] {
  const weighted = past.map(({ day, byHour }) => {
    const isSameWeekday = (Date.parse(today) - Date.parse(day)) % WEEK_MS === 0;
    return { byHour, weight: isSameWeekday ? SAME_WEEKDAY_WEIGHT : 1 };
  });
  const weights = sum(weighted.map(({ weight }) => weight));
  return Array.from({ length: 24 }, (_, hour) =>
    weights === 0 ? 0 : sum(weighted.map(({ byHour, weight }) => weight * (byHour[hour] ?? 0))) / weights,
  );
}

function straightPace({ byHour, window, now }: ForecastFacts): Pace {
  const sinceMs = now - window.hour + (byHour.length > 1 ? HOUR_MS : 0);
  const perMs = sum(byHour.slice(-2)) / Math.max(sinceMs, LINE_AT_LEAST_MS);
  return () => perMs;
}

/** What leaves a rolling window when an hour begins: of its oldest hours one after the other. */
function leavingAt({ byHour, window }: ForecastFacts, hourStart: number): number {
  if (window.kind === 'calendar') return 0;
  return byHour[Math.round((hourStart - window.hour) / HOUR_MS) - 1] ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
