/**
 * Deliveries of one message that a person sets going again: one transaction, all or none; its day touched before and
 * after it, the items last (R2, R3). Dying in between loses nothing: the rows are queued and found overdue.
 */
import { goAnew } from '../core/goAnew.ts';
import type { Log, MessageStore, StoredDelivery } from '../ports.ts';
import { Unavailable } from '../ports.ts';
import type { Rows } from './settleRow.ts';
import type { Touch } from './touch.ts';

/** False: one of the rows has changed meanwhile, and none was written. */
export type SetGoing = (id: string, stored: readonly StoredDelivery[]) => Promise<boolean>;

/** How often a person's request looks again at rows that others change under it. */
export const LOOKS_AT_MOST = 10;

export function changesAllTheTime(id: string): Unavailable {
  return new Unavailable(`the record of ${id}`, new Error(`it changed ${LOOKS_AT_MOST} times meanwhile`));
}

export function makeSetGoing(deps: { store: MessageStore; rows: Rows; touch: Touch; log: Log }): SetGoing {
  const { store, rows, touch, log } = deps;
  return async (id, stored) => {
    await touch.ensure(id);
    const changes = stored.map(({ delivery, etag }) => ({ next: rows.queued(goAnew(delivery), 0), etag }));
    if (!(await store.replaceAll(changes))) return false;
    try {
      await touch.ensure(id);
    } catch (error) {
      // The rows stand, so they go: the day was touched a moment ago.
      const words = error instanceof Error ? error.message : String(error);
      log('error', `${id} goes on, but its day could not be touched again: ${words}`, { messageId: id });
    }
    await Promise.all(changes.map(({ next }) => rows.putItem(next, 0)));
    return true;
  };
}
