import type { Durations } from '../core/durations.ts';
import { Unavailable, type Clock } from '../ports.ts';

/**
 * Work on large content waits for its turn, one after another, first come, first served: reading, parsing and packing a
 * message of 10 MB takes several times its size for a moment, and 24 at once would take more than an instance has. What is
 * small never waits.
 *
 * A turn is for what ends by itself soon: most of it is processor time, and a read that Storage does not answer is cut.
 * Nobody may wait for a second turn within it, nor send mail: the others would wait for the server.
 */
export interface Turns {
  /**
   * Runs the work when it is its turn. A failure of it is its caller's alone. Rejects with `Unavailable` where its turn comes too
   * late (a store does not answer those before), without running it.
   */
  take<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Content up to here is not worth a turn: 24 at once, several times over, are a few megabytes. */
export const NO_TURN_BYTES = 128 * 1024;

const TOO_LATE = new Error('the turn of this large message came too late; it comes again');

export function makeTurns(deps: {
  clock: Pick<Clock, 'monotonic'>;
  durations: Pick<Durations, 'turn'>;
}): Turns {
  const { clock, durations } = deps;
  const waiting: (() => void)[] = [];
  let isRunning = false;
  return {
    async take(work) {
      const waitsUntil = clock.monotonic() + durations.turn;
      // Whoever ends hands the turn over: nobody who comes meanwhile gets before.
      if (isRunning) await new Promise<void>((resolve) => waiting.push(resolve));
      isRunning = true;
      try {
        if (clock.monotonic() > waitsUntil) throw new Unavailable('what is before it', TOO_LATE);
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) isRunning = false;
        else next();
      }
    },
  };
}
