/**
 * How many recipients wait in each scope's room. There is no counter, since it would cost a write for each that comes and
 * goes: the rooms are walked, a read for each 1,000 rows. So only rooms that have a row, several at once, at most once in 15 s,
 * and a large one only so often that it costs 5 reads a second at the most: 75,000 rows are 15 s old, 300,000 a minute.
 */
import type { Durations } from '../core/durations.ts';
import type { QuotaScope } from '../core/rooms.ts';
import { quotaRoom, scopeOfQuotaRoom } from '../core/rooms.ts';
import type { Clock, WaitingRooms } from '../ports.ts';

export interface WaitingCounts {
  /** Those that are not named have nobody waiting. One call at a time. */
  read(): Promise<ReadonlyMap<QuotaScope, number>>;
}

interface Counted {
  readonly recipients: number;
  readonly rows: number;
  /** Monotonic, when the walk began. */
  readonly at: number;
}

const ROWS_PER_SECOND = 5000;

export function makeWaitingCounts(deps: {
  rooms: Pick<WaitingRooms, 'rooms' | 'walk'>;
  clock: Clock;
  durations: Durations;
}): WaitingCounts {
  const { rooms, clock, durations } = deps;
  let known: ReadonlyMap<QuotaScope, Counted> = new Map();
  let knownAt = -Infinity;

  async function count(scope: QuotaScope): Promise<Counted> {
    const at = clock.monotonic();
    let recipients = 0;
    let rows = 0;
    for await (const { row } of rooms.walk(quotaRoom(scope))) {
      recipients += scope === 'external' ? row.external : row.recipients;
      rows++;
    }
    return { recipients, rows, at };
  }

  async function countAll(): Promise<ReadonlyMap<QuotaScope, Counted>> {
    // Listed first: a walk that failed while nobody waits for it yet would end the process.
    const scopes: QuotaScope[] = [];
    for await (const room of rooms.rooms()) {
      const scope = scopeOfQuotaRoom(room);
      if (scope !== null) scopes.push(scope);
    }
    const at = clock.monotonic();
    const counted = scopes.map(async (scope) => {
      const before = known.get(scope);
      const isFresh = before && at - before.at <= (before.rows / ROWS_PER_SECOND) * 1000;
      return [scope, isFresh ? before : await count(scope)] as const;
    });
    return new Map(await Promise.all(counted));
  }

  return {
    async read() {
      const at = clock.monotonic();
      if (at - knownAt > durations.usageMemory) {
        known = await countAll();
        knownAt = at;
      }
      return new Map([...known].map(([scope, { recipients }]) => [scope, recipients]));
    },
  };
}
