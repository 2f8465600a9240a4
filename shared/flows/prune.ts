/**
 * What retention says must go, goes: every hour after closeDay, a bounded piece of work. One part that fails stops no other.
 *
 *   erasures ........... that a person asked for and that are not complete
 *   messages ........... content, then rows; a round over all that is kept every six hours, as many runs as it takes
 *   dead letters ....... with their messages            } once a round
 *   blobs without row .. with their day                 }
 *   touched days ....... that have no row any more      }
 *   daily counts ....... older than their days
 *   keys ............... that expired; a twelfth of them each hour
 *   the ledger's rows .. of scopes of which nothing counts any more
 *
 * What may repeat: all of it, on many instances at once; each removes only what stands as it was read.
 */
import type { Calendar } from '../core/calendarDay.ts';
import { addDays } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import { isIdle } from '../core/retention.ts';
import type { QuotaScope } from '../core/rooms.ts';
import { HOUR_MS } from '../core/window.ts';
import type { Clock, Days, IdempotencyKeys, KeptMessages, Ledger, Log } from '../ports.ts';
import { KEY_SHARDS } from '../ports.ts';
import { LOOKS_BACK_DAYS } from './closeDay.ts';
import type { Eraser } from './eraseRecipient.ts';
import type { PruneLetters } from './pruneLetters.ts';
import type { PruneMessages } from './pruneMessages.ts';
import type { PruneOrphans } from './pruneOrphans.ts';
import { tell } from './tell.ts';

export type Prune = () => Promise<void>;

/** Every shard of the keys is seen twice a day. */
const KEY_TURNS = 12;
/** A day that was touched more lately may get its first row yet. */
const UNTOUCHED_MS = 48 * HOUR_MS;

export function makePrune(deps: {
  pruneMessages: PruneMessages;
  pruneLetters: PruneLetters;
  pruneOrphans: PruneOrphans;
  continueErasures: Eraser['continueErasures'];
  kept: Pick<KeptMessages, 'days'>;
  days: Days;
  keys: IdempotencyKeys;
  ledger: Ledger;
  calendar: Calendar;
  /** How long the daily counts are kept. */
  countDays: number;
  clock: Clock;
  durations: Durations;
  log: Log;
}): Prune {
  const { pruneMessages, pruneLetters, pruneOrphans, kept, days, keys, ledger, calendar, clock, log } = deps;
  const { continueErasures, countDays, durations } = deps;

  async function pruneCounts(): Promise<void> {
    // One that was removed while closeDay still looks back so far would be written anew.
    const keptDays = Math.max(countDays, LOOKS_BACK_DAYS + 1);
    const before = addDays(calendar.dayOf(clock.now()), -keptDays);
    const removed = await days.removeReports(before);
    if (removed > 0) log('info', `retention: the counts of ${removed} days before ${before} were removed`);
  }

  async function pruneKeys(): Promise<void> {
    const now = clock.now();
    const turn = Math.floor(now / HOUR_MS) % KEY_TURNS;
    const firstOf = (n: number): number => Math.floor((n * KEY_SHARDS) / KEY_TURNS);
    await keys.removeExpired(firstOf(turn), firstOf(turn + 1) - 1, now);
  }

  /** A take of a scope without a row inserts it; one that was decided by the row fails, and is decided anew. */
  async function pruneScopes(isOver: () => boolean): Promise<void> {
    const { scopes, leases } = await ledger.read();
    const now = clock.now();
    const leased = new Set<QuotaScope>();
    for (const { lease } of leases) for (const scope of lease.taken.keys()) leased.add(scope);
    for (const [scope, { taken, etag }] of scopes) {
      if (isOver()) return;
      if (etag !== null && !leased.has(scope) && isIdle(taken, now)) await ledger.removeScope(scope, etag);
    }
  }

  /** The last one stays: closeDay goes by it, so that a quiet day has its report too. */
  async function forgetDays(): Promise<void> {
    const touched = (await days.touched()).toSorted((a, b) => (a.value.day < b.value.day ? -1 : 1));
    const withRows = new Set<string>();
    for await (const day of kept.days(null)) withRows.add(day);
    const untouchedSince = clock.now() - UNTOUCHED_MS;
    for (const { value, etag } of touched.slice(0, -1)) {
      // By the ETag from before the look: a touch since then keeps it.
      if (!withRows.has(value.day) && value.touchedAt < untouchedSince) await days.forget(value.day, etag);
    }
  }

  /** Each part has a time of its own: a long one takes none from the others. */
  function within(ms: number): () => boolean {
    const endsAt = clock.monotonic() + ms;
    return () => clock.monotonic() >= endsAt;
  }

  return async () => {
    const failures: unknown[] = [];
    const brief = durations.pruneRun / 5;
    async function part(name: string, run: () => Promise<unknown>): Promise<void> {
      try {
        await run();
      } catch (error) {
        failures.push(error);
        const words = error instanceof Error ? error.message : String(error);
        const text = `retention could not see to the ${name}, and will in an hour: ${words}`;
        tell(log, 'error', text, { signal: 'retention', part: name });
      }
    }
    let isRoundOver = false;
    await part('daily counts', pruneCounts);
    await part('idempotency keys', pruneKeys);
    await part('ledger', () => pruneScopes(within(brief)));
    await part('addresses to be erased', () => continueErasures(within(durations.pruneRun)));
    await part('messages', async () => {
      ({ isRoundOver } = await pruneMessages(within(durations.pruneRun)));
    });
    if (isRoundOver) {
      await part('dead letters', () => pruneLetters(within(brief)));
      await part('payloads without a row', () => pruneOrphans(within(brief)));
      await part('days without a row', forgetDays);
    }
    if (failures.length > 0) throw new AggregateError(failures, 'parts of the retention failed');
  };
}
