/** A schedule of six fields in UTC: `{second} {minute} {hour} {day} {month} {day of week}`. */
export interface Schedule {
  /** The first time after `afterMs` (exclusive) at which it is due, in Unix milliseconds. */
  next(afterMs: number): number;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const FIELDS = [
  { name: 'second', least: 0, most: 59 },
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 7, names: WEEKDAYS },
] as const;

/** A 29th of February on a given weekday comes after 40 years at the latest (over a year 2100 or the like). */
const SEARCH_YEARS = 41;

/**
 * Reads an NCRONTAB expression as timer triggers have it: `*`, numbers, names, lists, ranges and steps; five fields are
 * taken as six with second 0. A time must fit day AND day of week (NCRONTAB; Unix cron says OR). Throws a RangeError.
 */
export function parseSchedule(expression: string): Schedule {
  const parts = expression.trim().split(/\s+/);
  if (parts.length === 5) parts.unshift('0');
  if (parts.length !== FIELDS.length) {
    throw new RangeError(`The schedule "${expression}" has ${parts.length} fields, not 6 (second first).`);
  }
  const sets = FIELDS.map((field, index) => parseField(field, parts[index] ?? '', expression));
  const [seconds, minutes, hours, days, months, weekdays] = sets;
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) throw new RangeError(expression);

  function isDay(day: Date): boolean {
    return (
      months?.has(day.getUTCMonth() + 1) === true &&
      days?.has(day.getUTCDate()) === true &&
      weekdays?.has(day.getUTCDay()) === true
    );
  }

  return {
    next: (afterMs) => {
      const start = new Date(Math.floor(afterMs / 1000) * 1000 + 1000);
      const day = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate()));
      const lastYear = start.getUTCFullYear() + SEARCH_YEARS;
      for (let isFirstDay = true; day.getUTCFullYear() <= lastYear; isFirstDay = false) {
        if (isDay(day)) {
          const secondOfDay = firstSecond(hours, minutes, seconds, isFirstDay ? start : day);
          if (secondOfDay !== undefined) return day.getTime() + secondOfDay * 1000;
        }
        day.setUTCDate(day.getUTCDate() + 1);
      }
      throw new RangeError(`The schedule "${expression}" is never due.`);
    },
  };
}

/** The first second of the day that fits, not before the time of day of `from`. */
function firstSecond(
  hours: ReadonlySet<number>,
  minutes: ReadonlySet<number>,
  seconds: ReadonlySet<number>,
  from: Date,
): number | undefined {
  for (let hour = from.getUTCHours(); hour < 24; hour++) {
    if (!hours.has(hour)) continue;
    const sameHour = hour === from.getUTCHours();
    for (let minute = sameHour ? from.getUTCMinutes() : 0; minute < 60; minute++) {
      if (!minutes.has(minute)) continue;
      const sameMinute = sameHour && minute === from.getUTCMinutes();
      for (let second = sameMinute ? from.getUTCSeconds() : 0; second < 60; second++) {
        if (seconds.has(second)) return (hour * 60 + minute) * 60 + second;
      }
    }
  }
  return undefined;
}

function parseField(field: (typeof FIELDS)[number], text: string, expression: string): ReadonlySet<number> {
  const refuse = (part: string): never => {
    throw new RangeError(
      `The schedule "${expression}" has "${part}" as ${field.name}: it must lie in ${field.least} to ${field.most}.`,
    );
  };
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:(\*)|([A-Za-z]+|\d+)(?:-([A-Za-z]+|\d+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return refuse(part);
    const [, star, from, to, step] = match;
    const first = star === undefined ? valueOf(field, from ?? '') : field.least;
    // `5/10` runs on to the end of the field, `5` is only itself.
    const open = star !== undefined || (to === undefined && step !== undefined);
    const last = open ? field.most : valueOf(field, to ?? from ?? '');
    const every = Number(step ?? 1);
    if (!(first >= field.least && last <= field.most && first <= last && every > 0)) return refuse(part);
    for (let value = first; value <= last; value += every) values.add(value);
  }
  // Sunday is 0 and 7.
  if (field.name === 'day of week' && values.has(7)) values.add(0);
  return values;
}

function valueOf(field: (typeof FIELDS)[number], text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const names: readonly string[] = 'names' in field ? field.names : [];
  const index = names.indexOf(text.slice(0, 3).toUpperCase());
  return index < 0 ? Number.NaN : index + (field.name === 'month' ? 1 : 0);
}
