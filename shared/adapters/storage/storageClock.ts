/**
 * R9: the wall clock of every instance is Storage's, so that no machine's own clock decides anything.
 *
 * Each answer that took less than 2 s carries the server's Date, in whole seconds. The clock runs on monotonic time from
 * there. A later answer moves it only if the clock then reads outside of that answer's second (its duration allowed for):
 * else it would jump to and fro by up to a second with each answer.
 */
import type { Clock } from '../../ports.ts';
import { Unavailable } from '../../ports.ts';
import { pause } from './pause.ts';

export interface StorageClock extends Clock {
  /** An answer of Storage: its Date header, and how long it took. */
  note(dateHeader: string | null | undefined, tookMs: number): void;
}

export interface StorageClockOptions {
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Without an answer for so long the time is not known. */
  readonly lifeMs: number;
}

/** A slower answer's Date says too little about now. */
const ANSWER_AT_MOST_MS = 2000;
const DATE_RESOLUTION_MS = 1000;

export function makeStorageClock({ monotonic, lifeMs }: StorageClockOptions): StorageClock {
  let heard: { readonly offsetMs: number; readonly atMs: number } | null = null;
  return {
    monotonic,
    sleep: pause,
    note(dateHeader, tookMs) {
      if (tookMs >= ANSWER_AT_MOST_MS || typeof dateHeader !== 'string') return;
      const date = Date.parse(dateHeader);
      if (Number.isNaN(date)) return;
      const atMs = monotonic();
      const reads = heard === null ? NaN : heard.offsetMs + atMs;
      const agrees = reads >= date && reads < date + DATE_RESOLUTION_MS + tookMs;
      heard = { offsetMs: heard !== null && agrees ? heard.offsetMs : date - atMs, atMs };
    },
    now() {
      const atMs = monotonic();
      if (heard === null || atMs - heard.atMs > lifeMs) {
        const since = heard === null ? 'yet' : `for ${Math.round((atMs - heard.atMs) / 60_000)} minutes`;
        throw new Unavailable('Storage', new Error(`the time is not known: no quick answer came ${since}`));
      }
      return Math.round(heard.offsetMs + atMs);
    },
  };
}
