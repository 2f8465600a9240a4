/** Which lines of a table the daily report shows, and which it adds up (pure): whoever submits makes up names of apps as he likes. */
import type { Lines } from './dailyReport.ts';
import { share } from './reportWords.ts';

/** Lines of a table; the rest is added up. A mail above 100 kB is cut off by some programs. */
const LINES_SHOWN = 15;
/** So many of them are for whoever has used nearly all of a small limit, and would be hidden behind those that used more. */
const NEAR_SHOWN = 5;
/** As the alert `quotaWarning`. */
const NEAR_PERCENT = 80;
/** Of each part that tells how things stand now: a day on which all is large stays below those 100 kB. */
export const LINES_OF_NOW_SHOWN = 10;

interface Limited {
  readonly used: number;
  readonly limit: number | null;
}

/** `lines` by use: those with the most, and some that are near to their limit, in the same order. */
export function shortenLimited<Line extends Limited>(lines: readonly Line[]): Lines<Line> {
  const near = lines
    .slice(LINES_SHOWN - NEAR_SHOWN)
    .filter((line) => percentOf(line) >= NEAR_PERCENT)
    .toSorted((a, b) => percentOf(b) - percentOf(a))
    .slice(0, NEAR_SHOWN);
  return shorten(lines, [...near, ...lines], ({ used }) => used, LINES_SHOWN);
}

/** What nothing is allowed of is not near to its limit as long as nothing is used of it. */
export function percentOf({ used, limit }: Limited): number {
  return limit === null ? 0 : share(used, limit);
}

/** Shown are `atMost` of them, the first ones by their weight, in the order of `lines`. */
export function shorten<Line>(
  lines: readonly Line[],
  byWeight: Iterable<Line>,
  recipientsOf: (line: Line) => number,
  atMost: number,
): Lines<Line> {
  const kept = new Set<Line>();
  for (const line of byWeight) if (kept.size < atMost) kept.add(line);
  const hidden = lines.filter((line) => !kept.has(line));
  return {
    shown: lines.filter((line) => kept.has(line)),
    others: { lines: hidden.length, recipients: hidden.reduce((sum, line) => sum + recipientsOf(line), 0) },
  };
}
