/** How many operations of Storage a run may need, by the work that was done. */
import { PAGE_ROWS } from './memory/boundary.ts';
import type { World } from './world.ts';

/** A timer that finds nothing: standings twice, two fronts, `time`, the rooms, the days, the heartbeat; closeDay's two scans. */
const PER_SWEEP = 10;
const PER_TIMER = 8;
/** The first page of a room, or of a day's scan; the pages behind it are counted by the rows. */
const PER_PAGE = 2;
/** An item taken: the row, the standings, the fronts of three rooms, reserve, touch, claim, outcome, give-back, retries. */
const PER_ITEM = 8;
const PER_ACCEPT = 8;
/** A row written by the sweep or after a conflict: read, its rooms, its letter, the touch, the write, the item, the removal. */
const PER_ROW_WRITE = 4;

export function operationsBound({ count, messages }: World): number {
  const pagesOfAll = Math.ceil(messages.rows.size / PAGE_ROWS) + 1;
  return (
    PER_SWEEP * count.sweeps +
    PER_PAGE * (count.sweptRooms + count.dayScans) +
    (PER_TIMER + 4 * pagesOfAll) * count.timers +
    PER_ITEM * count.taken +
    PER_ACCEPT * count.accepts +
    PER_ROW_WRITE * count.rowWrites +
    4 * (count.faults + count.crashes + 1)
  );
}
