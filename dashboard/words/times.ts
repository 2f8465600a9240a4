/** Instants in the zone of whoever looks. Pure: `now` and the zone are arguments. */

export interface TimeWords {
  /** The zone in words: `Europe/Berlin`. */
  readonly zone: string;
  /** `15:40` */
  time(at: number | string): string;
  /** `15:40:12` */
  exactTime(at: number | string): string;
  /** `15:40` today, `yesterday 15:40`, else `24 Nov, 15:40`. */
  when(at: number | string, now: number): string;
  /** With weekday, seconds and zone. */
  full(at: number | string): string;
  /** The day in the zone: `2026-11-24`. */
  day(at: number | string): string;
  /** `in 5 min`, `3 h ago`, `just now`. */
  fromNow(at: number | string, now: number): string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `timeZone`: an IANA name; without one the browser's. */
export function makeTimeWords(timeZone?: string): TimeWords {
  const zoned = { ...(timeZone !== undefined && { timeZone }) };
  const time = new Intl.DateTimeFormat('en-GB', { ...zoned, hour: '2-digit', minute: '2-digit' });
  const exact = new Intl.DateTimeFormat('en-GB', {
    ...zoned,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const date = new Intl.DateTimeFormat('en-GB', { ...zoned, day: 'numeric', month: 'short' });
  const dateOfYear = new Intl.DateTimeFormat('en-GB', {
    ...zoned,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  const full = new Intl.DateTimeFormat('en-GB', { ...zoned, dateStyle: 'full', timeStyle: 'long' });
  const iso = new Intl.DateTimeFormat('sv-SE', { ...zoned, dateStyle: 'short' });
  const day = (at: number | string): string => iso.format(new Date(at));
  return {
    zone: time.resolvedOptions().timeZone,
    time: (at) => time.format(new Date(at)),
    exactTime: (at) => exact.format(new Date(at)),
    when(at, now) {
      const instant = new Date(at);
      if (day(at) === day(now)) return time.format(instant);
      if (day(at) === day(now - DAY)) return `yesterday ${time.format(instant)}`;
      const isThisYear = day(at).slice(0, 4) === day(now).slice(0, 4);
      return `${(isThisYear ? date : dateOfYear).format(instant)}, ${time.format(instant)}`;
    },
    full: (at) => full.format(new Date(at)),
    day,
    fromNow(at, now) {
      const ms = new Date(at).getTime() - now;
      const span = spanOf(Math.abs(ms));
      if (span === null) return 'just now';
      return ms > 0 ? `in ${span}` : `${span} ago`;
    },
  };
}

/** null: less than half a minute. */
function spanOf(ms: number): string | null {
  if (ms < MINUTE / 2) return null;
  if (ms < HOUR) return `${Math.max(1, Math.round(ms / MINUTE))} min`;
  if (ms < DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

/** A calendar day such as 2026-11-24 in words: `Tue 24 Nov`. */
export function formatDay(day: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  })
    .format(new Date(`${day}T12:00:00Z`))
    .replace(',', '');
}
