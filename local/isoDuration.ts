import { parseDurationMs } from '../shared/core/isoDuration.ts';

/** Milliseconds of an ISO 8601 duration such as `P1D` or `-PT1H30M`. Throws a RangeError for anything else. */
export function parseIsoDurationMs(text: string): number {
  const ms = parseDurationMs(text.trim());
  if (ms !== null) return ms;
  throw new RangeError(
    `"${text}" is no ISO 8601 duration: write days, hours, minutes or seconds, such as P1D, PT2H or -PT1H30M`,
  );
}

/** The ISO 8601 duration of so many milliseconds, in seconds: `PT86400S`, `-PT0.5S`. */
export function formatIsoDuration(durationMs: number): string {
  return `${durationMs < 0 ? '-' : ''}PT${Math.abs(durationMs) / 1000}S`;
}
