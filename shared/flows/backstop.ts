/**
 * The backstop behind the scan for overdue rows: every hour two of the kept days in turn, whatever their notes say, and
 * parked rows whose waiting row is missing included. What it finds is mended and logged as a defect: nothing should
 * ever be found.
 */
import type { Durations } from '../core/durations.ts';
import { utcDay } from '../core/messageId.ts';
import { isMoving } from '../core/status.ts';
import { HOUR_MS } from '../core/window.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Clock, DeliveryQueues, Log, MessageStore } from '../ports.ts';
import { tell } from './tell.ts';
import { makeFronts, type Fronts } from './queueFronts.ts';
import type { Rows } from './settleRow.ts';
import type { Touch } from './touch.ts';

/** How many rows it mended. */
export type Backstop = () => Promise<number>;

const DAYS_AT_ONCE = 2;
const DAY_MS = 86_400_000;

export function makeBackstop(deps: {
  store: MessageStore;
  queues: DeliveryQueues;
  rows: Rows;
  touch: Touch;
  clock: Clock;
  durations: Durations;
  /** How far back a row may lie that is not final: the retention of rows, and the longest wait. */
  keptDays: number;
  log: Log;
}): Backstop {
  const { store, queues, rows, touch, clock, durations, keptDays, log } = deps;

  /** Moving, and nobody has looked at it for longer than the scan for overdue rows ever waits. */
  async function isForgotten(delivery: Delivery, fronts: Fronts): Promise<boolean> {
    if (!isMoving(delivery.status)) return false;
    const { due } = delivery;
    if (due !== null && due + durations.itemOverdueAtMost + durations.margin > clock.now()) return false;
    return !(await fronts.isMerelySlow(delivery));
  }

  /** What was wrong with the row; null: nothing. */
  async function mend(scanned: Delivery, fronts: Fronts): Promise<string | null> {
    const looksWrong =
      (await isForgotten(scanned, fronts)) || (scanned.room !== null && !(await rows.isWaiting(scanned)));
    if (!looksWrong) return null;
    // The page may be old: only what is still so is a defect.
    const stored = await store.readDelivery(scanned.id, scanned.delivery);
    if (!stored) return null;
    const { delivery } = stored;
    if (await isForgotten(delivery, fronts)) {
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
    const fronts = makeFronts(queues);
    let mended = 0;
    for (let n = 0; n < DAYS_AT_ONCE; n++) {
      const day = utcDay(now - ((turn + n) % keptDays) * DAY_MS);
      for await (const stored of store.scanDay(day)) {
        const defect = await mend(stored.delivery, fronts);
        if (defect === null) continue;
        mended++;
        const { id, delivery, status } = stored.delivery;
        const what = `${id}, delivery ${delivery}, was ${status}, but ${defect}; mended`;
        tell(log, 'error', `defect: ${what}`, { signal: 'defect', what });
      }
    }
    return mended;
  };
}
