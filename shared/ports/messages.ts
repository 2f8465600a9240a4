/** The record of the messages, and what is kept beside it: payloads and the producers' content. */
import type { Delivery } from '../core/delivery.ts';
import type { Head } from '../core/records.ts';

export interface StoredDelivery {
  readonly delivery: Delivery;
  readonly etag: string;
  /** Only of a message of one delivery, whose row has both. */
  readonly head: StoredHead | null;
}

export interface StoredHead {
  readonly head: Head;
  /** The payload where it lies in the row. */
  readonly payload: Uint8Array | null;
}

export interface StoredMessage {
  readonly head: StoredHead;
  /** In their order; one, of number 0, where the message is not split. */
  readonly deliveries: readonly StoredDelivery[];
}

export interface DeliveryChange {
  readonly next: Delivery;
  /** Of the row as it was read. */
  readonly etag: string;
}

export interface MessageFilter {
  readonly app?: string | undefined;
  readonly tag?: string | undefined;
  readonly reference?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface MessageStore {
  /** One transaction (R2). `inserted: false`: the message stands already, written by somebody else (R1). */
  insert(
    message: StoredHead,
    deliveries: readonly Delivery[],
  ): Promise<{ readonly inserted: true; readonly etags: readonly string[] } | { readonly inserted: false }>;
  readDelivery(id: string, delivery: number): Promise<StoredDelivery | null>;
  readHead(id: string): Promise<StoredHead | null>;
  readMessage(id: string): Promise<StoredMessage | null>;
  /** Compare-and-swap of a delivery's row. The new ETag, or null: it has changed meanwhile. */
  replace(next: Delivery, etag: string): Promise<string | null>;
  /** Compare-and-swap of several rows of one message, all or none. False: one of them has changed meanwhile. */
  replaceAll(changes: readonly DeliveryChange[]): Promise<boolean>;
  /**
   * The one row of a rejected message, by its ETag, becomes the message: as `insert` writes it, in one transaction, with
   * nothing of what stood there. False: it has changed meanwhile.
   */
  recordAnew(message: StoredHead, deliveries: readonly Delivery[], etag: string): Promise<boolean>;
  /**
   * Every delivery of a UTC day, without order and without heads (`head` is null). Throws `NewerVersion` at the end, after all
   * others, where rows of a newer version lie there too: nothing may be concluded from the day.
   */
  scanDay(day: string, only?: 'moving'): AsyncIterable<StoredDelivery>;
  /** Heads with ids from `from` on and below `below`, of one UTC day; ascending within each of its 16 partitions only. */
  listHeads(day: string, from: string, below: string, filter: MessageFilter): AsyncIterable<Head>;
}

export type BlobRead =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'missing' | 'tooLarge' };

export interface Blobs {
  /** Ours: payloads above what a row holds. */
  putPayload(name: string, bytes: Uint8Array): Promise<void>;
  readPayload(name: string): Promise<Uint8Array | null>;
  /** The folders of payloads, each named after the UTC day in its messages' ids; upwards. */
  payloadDays(): AsyncIterable<string>;
  listPayloads(day: string): AsyncIterable<StoredBlob>;
  /** `etag` null: whatever stands there. False: it was written anew meanwhile, and stays. One that has gone counts as removed. */
  removePayload(name: string, etag: string | null): Promise<boolean>;
  /** The producers': claim checks and attachments. */
  contentSize(path: string): Promise<number | null>;
  readContent(path: string, atMostBytes: number): Promise<BlobRead>;
  /** False: its producer has written it anew since `unmodifiedSince`, milliseconds since the epoch, and it stays. */
  removeContent(path: string, unmodifiedSince: number): Promise<boolean>;
}

export interface StoredBlob {
  readonly name: string;
  /** By Storage's clock, milliseconds since the epoch. */
  readonly writtenAt: number;
  readonly etag: string;
}

/** Packs what is stored; deflate. */
export interface Codec {
  pack(text: string): Uint8Array;
  /** The text in UTF-8. */
  unpack(bytes: Uint8Array): Uint8Array;
}
