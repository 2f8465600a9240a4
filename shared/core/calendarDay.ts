/**
 * Calendar days in an IANA time zone, with the 23- and 25-hour days that summer time makes.
 * Built on Intl, which has the zone data of the runtime.
 */
const HOUR = 3_600_000;

export interface Calendar {
  readonly timeZone: string;
  /** The day, `2026-11-24`, that an instant belongs to. */
  dayOf(timeMs: number): string;
  /** The first instant of a day: midnight, or where summer time skips midnight the first instant after it. */
  startOf(day: string): number;
}

/** Throws a RangeError where the zone is unknown. */
export function makeCalendar(timeZone: string): Calendar {
  return timeZone === UTC.timeZone ? UTC : makeZoneCalendar(timeZone);
}

/** Without Intl, whose first use costs an instance as much as loading half of the app. */
const UTC: Calendar = {
  timeZone: 'UTC',
  dayOf: (timeMs) => new Date(timeMs).toISOString().slice(0, 'yyyy-mm-dd'.length),
  startOf: (day) => Date.parse(`${day}T00:00:00Z`),
};

function makeZoneCalendar(timeZone: string): Calendar {
  const formatter = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const dayOf = (timeMs: number): string => formatter.format(timeMs);
  return {
    timeZone,
    dayOf,
    startOf(day) {
      // By bisection over the day's name, since that is what defines it. Zones are at most 14 hours from UTC.
      const noonUtc = Date.parse(`${day}T12:00:00Z`);
      let before = noonUtc - 36 * HOUR;
      let within = noonUtc + 36 * HOUR;
      while (within - before > 1) {
        const middle = Math.floor((before + within) / 2);
        if (dayOf(middle) < day) before = middle;
        else within = middle;
      }
      return within;
    },
  };
}

export function isTimeZone(name: string): boolean {
  try {
    makeCalendar(name);
    return true;
  } catch {
    return false;
  }
}

export function nextDay(day: string): string {
  return addDays(day, 1);
}

export function previousDay(day: string): string {
  return addDays(day, -1);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * HOUR).toISOString().slice(0, 10);
}

/** `2026-11-24`, and there is such a day. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
