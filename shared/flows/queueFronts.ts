/** Whether a queue is merely slow: asked of each queue once, and remembered for as long as one scan lasts. */
import type { Delivery } from '../core/delivery.ts';
import type { DeliveryQueues, QueueName } from '../ports.ts';
import { queueOf } from './settleRow.ts';

export interface Fronts {
  /** The row is queued, and an item that has waited since before its due was never taken: its own will come. */
  isMerelySlow(delivery: Delivery): Promise<boolean>;
}

export function makeFronts(queues: DeliveryQueues): Fronts {
  const fronts = new Map<QueueName, Promise<number | null>>();
  return {
    async isMerelySlow(delivery) {
      if (delivery.status !== 'queued' || delivery.due === null) return false;
      const name = queueOf(delivery);
      const front = fronts.get(name) ?? queues.frontVisibleSince(name);
      fronts.set(name, front);
      const since = await front;
      return since !== null && since < delivery.due;
    },
  };
}
