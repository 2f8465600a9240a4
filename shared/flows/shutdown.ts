/**
 * The end of an instance: no new claim is taken, what has not sent its last byte is given up, what has gets its outcome
 * recorded. Azure may cut it after 1 to 3 seconds all the same: then a claim ends without a word, as in a crash.
 */
import type { Clock } from '../ports.ts';

export interface Shutdown {
  readonly isStopping: () => boolean;
  /** Runs the work, and lets `stop` wait for it. */
  track<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way any more, or the time is over. */
  stop(withinMs: number): Promise<void>;
}

export function makeShutdown({ clock }: { readonly clock: Clock }): Shutdown {
  const underWay = new Set<Promise<unknown>>();
  let stopping = false;
  return {
    isStopping: () => stopping,

    async track(work) {
      const running = work();
      underWay.add(running);
      try {
        return await running;
      } finally {
        underWay.delete(running);
      }
    },

    async stop(withinMs) {
      stopping = true;
      await Promise.race([Promise.allSettled(underWay), clock.sleep(withinMs)]);
    },
  };
}
