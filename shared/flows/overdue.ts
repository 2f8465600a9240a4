/**
 * Rows whose due is past: an item was lost, or whoever held the claim died (protocol.md, "Overdue").
 *
 * Scanned are the days that are not quiet. A scan that began 12 minutes or more after the day's last touch has seen
 * every row that was set moving before it, and notes the earliest due it saw; until that due, or a new touch, the day
 * is left alone. What may repeat: everything; an item too many completes itself.
 */
import { isExpired } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { expire } from '../core/ending.ts';
import type { TouchedDay } from '../core/records.ts';
import { isMoving } from '../core/status.ts';
import type { Clock, Days, DeliveryQueues, Log, MessageStore, StoredDelivery } from '../ports.ts';
import { makeReplacer } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';
import { makeFronts, type Fronts } from './queueFronts.ts';
import type { Touch } from './touch.ts';

/** How many rows it set going again. */
export type SeeToOverdue = () => Promise<number>;

export function makeSeeToOverdue(deps: {
  store: MessageStore;
  days: Days;
  queues: DeliveryQueues;
  rows: Rows;
  touch: Touch;
  clock: Clock;
  durations: Durations;
  log: Log;
}): SeeToOverdue {
  const { store, days, queues, rows, touch, clock, durations, log } = deps;

  /** True: set going again. */
  async function see(stored: StoredDelivery, fronts: Fronts): Promise<boolean> {
    const { delivery, etag } = stored;
    const now = clock.now();
    const writer = makeReplacer(store, delivery, etag);
    if (delivery.status === 'queued' && isExpired(delivery, now)) {
      return rows.settle(expire(delivery, now), writer);
    }
    if (await fronts.isMerelySlow(delivery)) return false;
    const dueStep = Math.min(
      Math.max(delivery.dueStep * 2, durations.itemOverdue),
      durations.itemOverdueAtMost,
    );
    // `settle` puts the item of a queued row itself; a claim that has ended is taken over by whoever takes the item.
    await touch.ensure(delivery.id);
    if (!(await rows.settle({ ...delivery, due: now + dueStep, dueStep }, writer))) return false;
    if (delivery.status === 'sending') await rows.putItem(delivery, 0);
    log('detail', `${delivery.id} was overdue while ${delivery.status}; an item was put for it`, {
      messageId: delivery.id,
      delivery: delivery.delivery,
      status: delivery.status,
    });
    return true;
  }

  async function scan(day: TouchedDay, etag: string): Promise<number> {
    const beganAt = clock.now();
    const isSettled = beganAt - day.touchedAt >= durations.touchSettled;
    const fronts = makeFronts(queues);
    let earliest: number | 'quiet' = 'quiet';
    let mended = 0;
    for await (const stored of store.scanDay(day.day, 'moving')) {
      const { status, due } = stored.delivery;
      if (!isMoving(status) || due === null) continue;
      if (earliest === 'quiet' || due < earliest) earliest = due;
      if (due + durations.margin <= beganAt && (await see(stored, fronts))) mended++;
    }
    if (isSettled) await days.noteScan(day.day, earliest, etag);
    return mended;
  }

  return async () => {
    let mended = 0;
    for (const { value, etag } of await days.touched()) {
      const { earliestDue } = value;
      if (earliestDue === 'quiet') continue;
      if (earliestDue !== null && earliestDue + durations.margin > clock.now()) continue;
      mended += await scan(value, etag);
    }
    return mended;
  };
}
