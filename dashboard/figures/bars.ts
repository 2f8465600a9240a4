/** The bars of the two charts: the hours of the window, the last days. Pure. */
import type { PastDayView, UsageView } from '../api/answers.ts';
import { formatDay } from '../words/times.ts';

export interface Bar {
  readonly key: string;
  /** In full, for a table's row and for whoever points at the bar. */
  readonly label: string;
  /** Below the bar; empty where there is no room for one. */
  readonly tick: string;
  /** null: it has not come yet, or nothing is known of it. */
  readonly value: number | null;
  readonly isCurrent: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A tick at every so many bars. */
const HOUR_TICKS = 6;
const DAY_TICKS = 7;

/** `time`: an instant as the hour that begins there, in the zone of whoever looks. A calendar day has all its hours, those to come too. */
export function hourBars(
  { window, scopes }: UsageView,
  scope: string,
  time: (at: number) => string,
): readonly Bar[] {
  const byHour = scopes.find((one) => one.scope === scope)?.byHour ?? [];
  const start = Date.parse(window.startsAt);
  const hours =
    window.kind === 'calendar' ? Math.round((Date.parse(window.endsAt) - start) / HOUR_MS) : byHour.length;
  return Array.from({ length: Math.max(hours, byHour.length) }, (_, index) => {
    const at = start + index * HOUR_MS;
    return {
      key: String(at),
      label: `${time(at)} to ${time(at + HOUR_MS)}`,
      tick: index % HOUR_TICKS === 0 ? time(at) : '',
      value: byHour[index] ?? null,
      isCurrent: index === byHour.length - 1,
    };
  });
}

/** The `count` days before `today`, the oldest first; a day that was not closed has no value. */
export function dayBars(
  past: readonly PastDayView[],
  today: string,
  count: number,
  scope: string,
): readonly Bar[] {
  const byDay = new Map(past.map((one) => [one.day, one]));
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.parse(today) - (count - index) * DAY_MS).toISOString().slice(0, 10);
    const report = byDay.get(day);
    const used = report?.scopes.find((one) => one.scope === scope)?.used;
    return {
      key: day,
      label: formatDay(day),
      tick: (count - index) % DAY_TICKS === 0 ? formatDay(day).slice(4) : '',
      value: report === undefined ? null : (used ?? 0),
      isCurrent: false,
    };
  });
}

/** The end of the axis: a round number that no bar, nor the limit if it is near, goes beyond. */
export function axisEnd(bars: readonly Bar[], limit: number | null): number {
  const most = Math.max(1, ...bars.map(({ value }) => value ?? 0));
  return roundUp(showsLimit(most, limit) ? Math.max(most, limit) : most);
}

/** A limit far above all bars would flatten them: then it is said, not drawn. */
const NEAR_LIMIT = 3;

export function showsLimit(most: number, limit: number | null): limit is number {
  return limit !== null && limit > 0 && limit <= most * NEAR_LIMIT;
}

/** To 1, 2, 2.5 or 5 times a power of ten. */
function roundUp(number: number): number {
  const power = 10 ** Math.floor(Math.log10(number));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= number) ?? 10;
  return Math.max(1, Math.ceil(step * power));
}
