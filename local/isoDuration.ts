import { parseDurationMs } from '../shared/core/isoDuration.ts';

/** Milliseconds of an ISO 8601 duration such as `P1D` or `-PT1H30M`. Throws a RangeError for anything else. */
export function parseIsoDurationMs(text: string): number {
  const ms = parseDurationMs(text.trim());
  if (ms !== null) return ms;
  throw new RangeError(
    `"${text}" is no ISO 8601 duration: write days, hours, minutes or seconds, such as P1D, PT2H or -PT1H30M`,
  );
}

/** The ISO 8601 duration of so many milliseconds, in days and seconds: `P1DT0S`, `-P0DT0.5S`. */
export function formatIsoDuration(durationMs: number): string {
  const ms = Math.abs(durationMs);
  const days = Math.floor(ms / DAY_MS);
  return `${durationMs < 0 ? '-' : ''}P${days}DT${(ms - days * DAY_MS) / 1000}S`;
}

const DAY_MS = 86_400_000;
