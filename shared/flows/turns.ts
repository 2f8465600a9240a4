/**
 * Work on large content waits for its turn, one after another, first come, first served: reading, parsing and packing a
 * message of 10 MB takes several times its size for a moment, and 24 at once would take more than an instance has. What is
 * small never waits.
 *
 * A turn is for what ends by itself soon: most of it is processor time, and a read that Storage does not answer is cut.
 * Nobody may wait for a second turn within it, nor send mail: the others would wait for the server.
 */
export interface Turns {
  /** Runs the work when it is its turn. A failure of it is its caller's alone. */
  take<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Content up to here is not worth a turn: 24 at once, several times over, are a few megabytes. */
export const NO_TURN_BYTES = 128 * 1024;

export function makeTurns(): Turns {
  const waiting: (() => void)[] = [];
  let isRunning = false;
  return {
    async take(work) {
      // Whoever ends hands the turn over: nobody who comes meanwhile gets before.
      if (isRunning) await new Promise<void>((resolve) => waiting.push(resolve));
      isRunning = true;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) isRunning = false;
        else next();
      }
    },
  };
}
