/** How many operations of Storage a run may need, by the work that was done. */
import { PAGE_ROWS } from './memory/boundary.ts';
import type { World } from './world.ts';

/**
 * A timer that finds nothing: the standings three times, the ledger, two fronts, `time`, the rooms, the days, the heartbeat, and now
 * and then how much is used and waits; closeDay's two scans.
 */
const PER_SWEEP = 11;
const PER_TIMER = 8;
/** The first page of a room, or of a day's scan; the pages behind it are counted by the rows. A quota room: the ledger. */
const PER_PAGE = 2;
/** An item taken: the row, the standings, the fronts of three rooms, the app's rules, touch, claim, outcome, retries. */
const PER_ITEM = 8;
const PER_ACCEPT = 8;
/** A row written by the sweep or after a conflict: read, its rooms, its letter, the touch, the write, the item, the removal. */
const PER_ROW_WRITE = 4;
/** A lease taken or closed: the ledger read, the change; what was spent of it noted; an item that met a full scope reads it too. */
const PER_LEDGER_CHANGE = 3;
/** A run of the pruning that finds nothing: the reports, the keys, the ledger, the erasures, the round. */
const PER_PRUNE = 5;
/** A round of it: what closeDay and the leases still need, the days twice, the letters, the blobs, the place. */
const PER_ROUND = 26;
/** A message whose content goes, or whose rows do: the rewrites, its blob, its letters; and those that met another write. */
const PER_REMOVAL = 8;
/** What is seen to in the background: as a rule nothing of it is an operation. */
const PER_TICK = 0.5;

export function operationsBound({ count, messages, ledger, small, time, startedAt, rules }: World): number {
  const pagesOfAll = Math.ceil((messages.rows.size + messages.removed.length) / PAGE_ROWS) + 1;
  const rounds = Math.min(count.timers, 1 + Math.ceil((time.now - startedAt) / rules.durations.pruneEvery));
  return (
    PER_SWEEP * count.sweeps +
    PER_PAGE * (count.sweptRooms + count.dayScans) +
    // The leases of the dead: the days' rows are counted.
    (3 + small.days.size + pagesOfAll) * count.deadSweeps +
    (PER_TIMER + 4 * pagesOfAll) * count.timers +
    PER_PRUNE * count.timers +
    (PER_ROUND + 2 * messages.days.size + 3 * pagesOfAll + Math.ceil(small.lettersPut.size / PAGE_ROWS)) *
      rounds +
    PER_REMOVAL * messages.removals +
    PER_ITEM * count.taken +
    PER_ACCEPT * count.accepts +
    PER_ROW_WRITE * count.rowWrites +
    PER_LEDGER_CHANGE * (count.ledgerChanges + ledger.conflicts) +
    PER_TICK * count.ticks +
    4 * (count.faults + count.crashes + 1)
  );
}
