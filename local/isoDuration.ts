const UNIT_MS = { D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 } as const;

const PATTERN =
  /^([+-])?P(?=\d|T\d)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds, with an optional sign in front:
 * `P1D`, `PT2H`, `-PT1H30M`. Throws a RangeError for anything else; years and months have no fixed length and are refused.
 */
export function parseIsoDurationMs(text: string): number {
  const match = PATTERN.exec(text.trim());
  if (match === null) {
    throw new RangeError(
      `"${text}" is no ISO 8601 duration: write days, hours, minutes or seconds, such as P1D, PT2H or -PT1H30M`,
    );
  }
  const [, sign, weeks, days, hours, minutes, seconds] = match;
  const ms =
    Number(weeks ?? 0) * 7 * UNIT_MS.D +
    Number(days ?? 0) * UNIT_MS.D +
    Number(hours ?? 0) * UNIT_MS.H +
    Number(minutes ?? 0) * UNIT_MS.M +
    Number(seconds ?? 0) * UNIT_MS.S;
  return Math.round(sign === '-' ? -ms : ms);
}

/** The ISO 8601 duration of so many milliseconds, in seconds: `PT86400S`, `-PT0.5S`. */
export function formatIsoDuration(durationMs: number): string {
  return `${durationMs < 0 ? '-' : ''}PT${Math.abs(durationMs) / UNIT_MS.S}S`;
}
