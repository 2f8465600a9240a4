/**
 * Work on large content waits for its turn, first come, first served: reading, parsing and packing a message of 10 MB takes
 * several times its size for a moment, and 24 at once would take more than an instance has. What is small never waits.
 *
 * A turn is for what ends by itself soon. Nobody may wait for a second one within it, nor send mail: the others would wait
 * for the server.
 */
export interface Turns {
  /** Runs the work when it is its turn. A failure of it is its caller's alone. */
  take<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Content up to here is not worth a turn: 24 at once, several times over, are a few megabytes. */
export const NO_TURN_BYTES = 128 * 1024;

/** Two: one is worked on while the other is read from Storage, and one that hangs does not stop the others. */
const AT_ONCE = 2;

export function makeTurns(): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async take(work) {
      if (running < AT_ONCE) running += 1;
      // Whoever ends hands its place over: nobody who comes meanwhile gets before.
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
