/**
 * How a delivery's row is written: inserted by whoever goes straight on from the outbox, replaced by everybody else.
 * Both are a compare-and-swap; after the first write they are the same.
 */
import type { Delivery } from '../core/delivery.ts';
import type { MessageStore, StoredHead } from '../ports.ts';

export interface RowWriter {
  /** False: somebody else wrote it meanwhile, and what they wrote stands. */
  write(next: Delivery): Promise<boolean>;
  /** Goes on from what stands there now. Null: there is no row. */
  reread(): Promise<Delivery | null>;
}

export function makeReplacer(
  store: MessageStore,
  key: { readonly id: string; readonly delivery: number },
  etag: string,
): RowWriter {
  let current = etag;
  return {
    async write(next) {
      const written = await store.replace(next, current);
      if (written === null) return false;
      current = written;
      return true;
    },
    async reread() {
      const stored = await store.readDelivery(key.id, key.delivery);
      if (stored === null) return null;
      current = stored.etag;
      return stored.delivery;
    },
  };
}

/** The first write inserts the whole message, which must be one delivery. */
export function makeInserter(store: MessageStore, stored: StoredHead): RowWriter {
  let replacer: RowWriter | null = null;
  return {
    async write(next) {
      if (replacer) return replacer.write(next);
      const result = await store.insert(stored, [next]);
      if (!result.inserted) return false;
      replacer = makeReplacer(store, next, result.etags[0]!);
      return true;
    },
    async reread() {
      replacer ??= makeReplacer(store, { id: stored.head.id, delivery: 0 }, '');
      return replacer.reread();
    },
  };
}
