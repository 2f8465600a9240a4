/**
 * What an item of the inner queues finds, and what is then done (protocol.md, "What an item finds"):
 *
 *   missing, final, of a later attempt .......... complete
 *   queued ...................................... an attempt
 *   deferred, scheduled ......................... its waiting row is put again, complete
 *   held ........................................ complete
 *   sending, the claim has not ended ............ an item for when it has, complete
 *   sending, the claim has ended ................ unknown for every recipient that the claim took
 *
 * Returning completes the item; rejecting gives it back, and it comes again after 3 minutes.
 */
import type { Claim, Delivery } from '../core/delivery.ts';
import type { DeliveryItem } from '../core/records.ts';
import { isFinal } from '../core/status.ts';
import type { Log, MessageStore, StoredDelivery } from '../ports.ts';
import type { Attempts } from './attempt.ts';
import type { Mails } from './prepareMail.ts';
import { makeReplacer, type RowWriter } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';
import type { Shutdown } from './shutdown.ts';
import type { TakeOver } from './takeOver.ts';

export type Deliver = (item: Pick<DeliveryItem, 'messageId' | 'delivery' | 'attempt'>) => Promise<void>;

/** Somebody else writes the same row at the same time: seldom twice in a row. */
const CONFLICTS_AT_MOST = 5;

export function makeDeliver(deps: {
  store: MessageStore;
  attempts: Attempts;
  takeOver: TakeOver;
  mails: Mails;
  rows: Rows;
  shutdown: Shutdown;
  log: Log;
}): Deliver {
  const { store, attempts, takeOver, mails, rows, shutdown, log } = deps;

  /** True: done. False: the row changed under it. */
  async function look(stored: StoredDelivery, attempt: number): Promise<boolean> {
    const { delivery } = stored;
    if (isFinal(delivery.status) || delivery.attempt > attempt) return true;
    const writer = makeReplacer(store, delivery, stored.etag);
    if (delivery.status === 'queued') {
      if (!shutdown.isStopping())
        return attempts.run(delivery, writer, (_row, account) => mails.ofRecord(stored, account));
      // Another instance takes it at once.
      await rows.putItem(delivery, 0);
      return true;
    }
    if (delivery.status === 'deferred' || delivery.status === 'scheduled') await rows.putWaiting(delivery);
    if (delivery.claim) await lookAtClaim(delivery, delivery.claim, writer);
    return true;
  }

  async function lookAtClaim(delivery: Delivery, claim: Claim, writer: RowWriter): Promise<void> {
    const restMs = await takeOver(delivery, claim, writer);
    if (restMs > 0) await rows.putItem(delivery, restMs);
  }

  return async ({ messageId, delivery, attempt }) => {
    for (let n = 0; n < CONFLICTS_AT_MOST; n++) {
      const stored = await store.readDelivery(messageId, delivery);
      if (stored === null) {
        log('detail', `${messageId}: an item names a delivery that is not there; completed`, {
          messageId,
          delivery,
        });
        return;
      }
      if (await look(stored, attempt)) return;
    }
    throw new Error(
      `${messageId}, delivery ${delivery}: its row changed ${CONFLICTS_AT_MOST} times under this item; it comes again`,
    );
  };
}
