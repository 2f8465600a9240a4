/**
 * The backstop behind the scan for overdue rows: every hour two of the kept days in turn, whatever their notes say, and
 * parked rows whose waiting row is missing included. What it finds is mended and logged as a defect: nothing should
 * ever be found.
 */
import type { Durations } from '../core/durations.ts';
import { utcDay } from '../core/messageId.ts';
import { isMoving } from '../core/status.ts';
import { HOUR_MS } from '../core/window.ts';
import type { Clock, Days, Log, MessageStore, StoredDelivery } from '../ports.ts';
import type { Rows } from './settleRow.ts';
import type { Touch } from './touch.ts';

/** How many rows it mended. */
export type Backstop = () => Promise<number>;

const DAYS_AT_ONCE = 2;
const DAY_MS = 86_400_000;

export function makeBackstop(deps: {
  store: MessageStore;
  days: Days;
  rows: Rows;
  touch: Touch;
  clock: Clock;
  durations: Durations;
  /** How far back a row may lie that is not final: the retention of rows, and the longest wait. */
  keptDays: number;
  log: Log;
}): Backstop {
  const { store, rows, touch, clock, durations, keptDays, log } = deps;

  /** What was wrong with the row; null: nothing. */
  async function mend({ delivery }: StoredDelivery): Promise<string | null> {
    const { status, due } = delivery;
    if (isMoving(status)) {
      // The scan for overdue rows moves `due` on by an hour at the most.
      if (due !== null && due + durations.itemOverdueAtMost + durations.margin > clock.now()) return null;
      await touch.ensure(delivery.id);
      await rows.putItem(delivery, 0);
      return 'its due is long past';
    }
    // Whoever parks a row writes the waiting row first, so one that is missing was lost.
    if (delivery.room === null || (await rows.isWaiting(delivery))) return null;
    await rows.putWaiting(delivery);
    return `its row in the room ${delivery.room} was missing`;
  }

  return async () => {
    const now = clock.now();
    const turn = Math.floor(now / HOUR_MS) * DAYS_AT_ONCE;
    let mended = 0;
    for (let n = 0; n < DAYS_AT_ONCE; n++) {
      const day = utcDay(now - ((turn + n) % keptDays) * DAY_MS);
      for await (const stored of store.scanDay(day)) {
        const defect = await mend(stored);
        if (defect === null) continue;
        mended++;
        const { id, delivery, status } = stored.delivery;
        log('error', `defect: ${id} was ${status}, but ${defect}; mended`, {
          messageId: id,
          delivery,
          status,
        });
      }
    }
    return mended;
  };
}
