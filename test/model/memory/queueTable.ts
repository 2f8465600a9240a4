/** The queues: items become visible after a delay, and are out of sight while somebody has them. */
import type { DeliveryItem } from '../../../shared/core/records.ts';
import type { DeliveryQueues, QueueName } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';

export type AnyQueue = QueueName | 'outbox';

export interface QueuedItem {
  readonly queue: AnyQueue;
  readonly id: string;
  readonly text: string;
  readonly insertedAt: number;
  visibleAt: number;
  dequeueCount: number;
  /** Changes with every taking: whoever has an older one can no longer complete it. */
  receipt: number;
}

export interface QueueTable {
  readonly items: Map<string, QueuedItem>;
  made: number;
  receipts: number;
}

/** What Queue Storage allows. */
const DELAY_AT_MOST_SECONDS = 7 * 24 * 3600;
const PEEKED_ITEMS = 32;

export function makeQueueTable(): QueueTable {
  return { items: new Map(), made: 0, receipts: 0 };
}

export function enqueue(
  table: QueueTable,
  queue: AnyQueue,
  text: string,
  now: number,
  delayMs: number,
): void {
  const seconds = Math.min(Math.max(0, Math.ceil(delayMs / 1000)), DELAY_AT_MOST_SECONDS);
  const id = `q${++table.made}`;
  table.items.set(id, {
    queue,
    id,
    text,
    insertedAt: now,
    visibleAt: now + seconds * 1000,
    dequeueCount: 0,
    receipt: 0,
  });
}

export function visibleItems(table: QueueTable, now: number, queue?: AnyQueue): QueuedItem[] {
  return [...table.items.values()].filter(
    (item) => item.visibleAt <= now && (queue === undefined || item.queue === queue),
  );
}

/** Out of sight until `untilMs`; the receipt completes it or gives it back. */
export function takeItem(table: QueueTable, item: QueuedItem, untilMs: number): number {
  item.visibleAt = untilMs;
  item.dequeueCount++;
  item.receipt = ++table.receipts;
  return item.receipt;
}

export function completeItem(table: QueueTable, id: string, receipt: number): void {
  if (table.items.get(id)?.receipt === receipt) table.items.delete(id);
}

export function returnItem(table: QueueTable, id: string, receipt: number, visibleAt: number): void {
  const item = table.items.get(id);
  if (item?.receipt === receipt) item.visibleAt = visibleAt;
}

/** `now` is the store's own time: visibility is the server's business. */
export function makeMemoryQueues(table: QueueTable, boundary: Boundary, now: () => number): DeliveryQueues {
  return {
    put: (queue, item, delayMs) =>
      boundary('write', `put item ${item.messageId}.${item.delivery} attempt ${item.attempt}`, () =>
        enqueue(table, queue, JSON.stringify(item), now(), delayMs),
      ),

    frontVisibleSince: (queue) =>
      boundary('read', `front of ${queue}`, () => {
        const front = visibleItems(table, now(), queue)
          .slice(0, PEEKED_ITEMS)
          .find(({ dequeueCount }) => dequeueCount === 0);
        return front ? (JSON.parse(front.text) as DeliveryItem).visibleAt : null;
      }),
  };
}
