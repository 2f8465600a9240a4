import { setTimeout as sleep } from 'node:timers/promises';

/** A process that is kept running: started again, after a moment, whenever it ends by itself. */
export interface Child {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

export interface KeepRunningOptions<C extends Child> {
  /** In the sentences that `say` gets: "host 2". */
  readonly name: string;
  readonly start: () => Promise<C>;
  /** Called when it is up, and when it is not any more. */
  readonly onChange: () => void;
  readonly say: (line: string) => void;
  /** Milliseconds, of a clock that never goes back. Default: this process's. */
  readonly monotonicNow?: () => number;
}

export interface Kept<C extends Child> {
  /** null while it is being started again. */
  current(): C | null;
  /** Stops it for good. */
  stop(): Promise<void>;
}

/** What dies once is back at once; what dies at every start must not keep the machine busy. Doubled each time: 0.2, 0.4, 0.8 s … */
const FIRST_DELAY_MS = 200;
const DELAY_AT_MOST_MS = 10_000;
/** What was up for so long did not die of its start. */
const HEALTHY_AFTER_MS = 30_000;

/** Resolves when it is up for the first time; rejects if that start fails. Later starts are tried again for ever. */
export async function keepRunning<C extends Child>(options: KeepRunningOptions<C>): Promise<Kept<C>> {
  const { name, start, onChange, say, monotonicNow = () => performance.now() } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let child: C | null = await start();
  let delayMs = FIRST_DELAY_MS;

  /** null: it was to stop by then. */
  async function startAgain(): Promise<C | null> {
    while (!signal.aborted) {
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, DELAY_AT_MOST_MS);
      if (signal.aborted) return null;
      try {
        return await start();
      } catch (error) {
        say(`${name} could not be started, it is tried again: ${String(error)}`);
      }
    }
    return null;
  }

  async function watch(first: C): Promise<void> {
    for (let running: C | null = first; running !== null; running = await startAgain()) {
      child = running;
      onChange();
      // A stop that came while it was starting has found nothing to stop.
      if (signal.aborted) await running.stop();
      const upSinceMs = monotonicNow();
      await running.ended;
      child = null;
      if (monotonicNow() - upSinceMs > HEALTHY_AFTER_MS) delayMs = FIRST_DELAY_MS;
      if (!signal.aborted) say(`${name} (process ${running.pid}) has ended; it is started again.`);
      onChange();
    }
  }

  const watching = watch(child);
  return {
    current: () => child,
    stop: async () => {
      stopping.abort();
      await child?.stop();
      await watching;
    },
  };
}
