/** Looks at the ledger all the time, beside the mailers: what was taken never exceeds a limit, and covers what was sent. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Ledger, LedgerState } from '../../shared/ports.ts';
import type { AcceptedRecipient } from './acceptedFile.ts';

export interface LedgerWatch {
  /** Resolves with what was seen, after one more look. */
  end(): Promise<WatchFacts>;
}

export interface WatchFacts {
  readonly looks: number;
  /** The most that was ever seen taken of a scope. */
  readonly mostTaken: Readonly<Record<string, number>>;
  /** In words: where a limit was exceeded, or more was sent than taken. */
  readonly problems: readonly string[];
}

const LOOK_EVERY_MS = 200;
/** A limit that is exceeded stays so for a while. */
const PROBLEMS_TOLD = 20;

export function watchLedger(deps: {
  ledger: Ledger;
  /** Recipients, by scope: only those that have a limit. */
  limits: Readonly<Record<string, number>>;
  /** As it is at that moment. */
  countAccepted: () => readonly AcceptedRecipient[];
}): LedgerWatch {
  const { ledger, limits, countAccepted } = deps;
  const mostTaken: Record<string, number> = {};
  const problems = new Set<string>();
  let looks = 0;
  const over = new AbortController();

  async function look(): Promise<void> {
    // Counted before the ledger is read: what is sent later may be taken later.
    const accepted = countAccepted();
    const taken = takenOf(await ledger.read());
    looks++;
    for (const [scope, limit] of Object.entries(limits)) {
      const n = taken[scope] ?? 0;
      mostTaken[scope] = Math.max(mostTaken[scope] ?? 0, n);
      if (n > limit) problems.add(`${n} recipients of ${scope} were taken, ${limit} are allowed`);
    }
    const external = accepted.filter(({ isExternal }) => isExternal).length;
    for (const [scope, n] of [
      ['tenant', accepted.length],
      ['external', external],
    ] as const) {
      if (n <= (taken[scope] ?? 0)) continue;
      problems.add(`${n} recipients of ${scope} were accepted, ${taken[scope] ?? 0} were taken`);
    }
  }

  const watching = (async () => {
    while (!over.signal.aborted) {
      await look();
      await pause(LOOK_EVERY_MS);
    }
  })();
  // Told by `end`.
  watching.catch(() => undefined);

  return {
    async end() {
      over.abort();
      await watching;
      await look();
      return { looks, mostTaken, problems: [...problems].slice(0, PROBLEMS_TOLD) };
    },
  };
}

/** A run is shorter than any window: all hours that stand there count. */
export function takenOf({ scopes }: LedgerState): Record<string, number> {
  return Object.fromEntries(
    [...scopes].map(([scope, { taken }]) => [scope, Object.values(taken).reduce((sum, n) => sum + n, 0)]),
  );
}
