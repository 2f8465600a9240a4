/** What waits: in the rooms and on the queues. */
import type { DeliveryItem } from '../core/records.ts';
import type { WaitingRow } from '../core/rooms.ts';

export interface WaitingRooms {
  /** Inserts or replaces, but not the row of a later attempt: whoever comes so late must not undo what was parked since. */
  put(row: WaitingRow): Promise<void>;
  has(room: string, key: string): Promise<boolean>;
  /** The first row in the room's order. */
  front(room: string): Promise<WaitingRow | null>;
  /** In the room's order. */
  walk(room: string): AsyncIterable<{ readonly row: WaitingRow; readonly etag: string }>;
  /** False: it was written anew meanwhile, and stays. */
  remove(row: WaitingRow, etag: string): Promise<boolean>;
  /** The names of the rooms that have a row. */
  rooms(): AsyncIterable<string>;
}

export type QueueName = 'deliveries' | 'bulk';

export interface DeliveryQueues {
  put(queue: QueueName, item: DeliveryItem, delayMs: number): Promise<void>;
  /** Since when the front item that was never taken is visible; null: there is none among the first ones. */
  frontVisibleSince(queue: QueueName): Promise<number | null>;
}

/** A queue as it is now. */
export interface QueueState {
  readonly queue: string;
  /** The host's queue for what it gave up: empty by design. */
  readonly isPoison: boolean;
  /** About so many, those that are out of sight included. */
  readonly messages: number;
  /** Since when the front item that was never taken is visible; null: there is none. */
  readonly visibleSince: number | null;
}

export interface QueueGauge {
  /** The three queues, and their poison queues. */
  look(): Promise<readonly QueueState[]>;
}
