/** What is kept, looked through for what must go, and how far that has come. */
import type { Delivery } from '../core/delivery.ts';
import type { Erasure, Head, PruneRound } from '../core/records.ts';
import type { StoredDelivery } from './messages.ts';

/** A message without its payload. */
export interface KeptMessage {
  readonly id: string;
  readonly head: Head;
  /** Of the head's row. */
  readonly etag: string;
  /** In their order, without heads; those that a newer version wrote are missing. */
  readonly deliveries: readonly StoredDelivery[];
}

/** What is left of a message whose rows are to be removed: nobody finds it any more. */
export interface EmptiedMessage {
  readonly id: string;
  readonly head: null;
  /** The numbers of its rows. */
  readonly rows: readonly number[];
}

export interface Rewrite {
  readonly kept: KeptMessage;
  readonly head: Head;
  /** One for each of `kept`; the very same object: it stays as it is. */
  readonly deliveries: readonly Delivery[];
}

/**
 * The record of the messages for whoever removes from it. Each message is one compare-and-swap over all its rows, so that
 * what somebody set going meanwhile stays as it is; many messages go in one transaction where they can.
 */
export interface KeptMessages {
  /** The UTC days that have rows, whatever version wrote them, upwards from `from` on. */
  days(from: string | null): AsyncIterable<string>;
  /** The messages of a day, in an order that stays the same; behind the id `after`, if one is given. */
  scan(day: string, after: string | null): AsyncIterable<KeptMessage | EmptiedMessage>;
  read(id: string): Promise<KeptMessage | null>;
  /** The payload in the row goes. Answers those that were written, as they stand now; the others have changed meanwhile. */
  rewrite(rewrites: readonly Rewrite[]): Promise<readonly KeptMessage[]>;
  /** Of the rows nothing is left but their keys. Answers those for which that was done; the others have changed meanwhile. */
  empty(messages: readonly KeptMessage[]): Promise<readonly EmptiedMessage[]>;
  /** Removes what was emptied; what has gone already is no matter. */
  clear(messages: readonly EmptiedMessage[]): Promise<void>;
}

/** Where the pruning is, and which addresses are to be erased. */
export interface RetentionNotes {
  readRound(): Promise<{ readonly value: PruneRound; readonly etag: string } | null>;
  /** `etag` null: there is none yet. False: somebody else has written it meanwhile. */
  writeRound(round: PruneRound, etag: string | null): Promise<boolean>;
  erasures(): Promise<readonly { readonly value: Erasure; readonly etag: string }[]>;
  /** Likewise. The new ETag, or null. */
  writeErasure(erasure: Erasure, etag: string | null): Promise<string | null>;
  /** False: somebody else has written it meanwhile. */
  removeErasure(id: string, etag: string): Promise<boolean>;
}
