/**
 * Redriving what was given up:
 *
 *   failed, partially_sent, expired, rejected for the quota ..... queued again, for whoever has not got it
 *   rejected as invalid ......................................... its original, kept as the dead letter, is taken once
 *                                                                 more as if it came now, under the same id
 *
 * What was accepted is not sent again, and an idempotency key stays with the id. The dead letter stays where it is; it no
 * longer counts (R5). What has lost its content, to retention or an erasure, goes no more. What may repeat: all of it; of two at once one writes, and the other finds the wrong state.
 */
import type { Delivery } from '../core/delivery.ts';
import { isRedrivable, wasNeverPlanned } from '../core/goAnew.ts';
import type { Problem } from '../core/message.ts';
import type { ContentRemoval } from '../core/records.ts';
import { statusOf } from '../core/messageView.ts';
import { dayOfMessageId } from '../core/messageId.ts';
import type { Needs } from '../core/quotaNeeds.ts';
import { makeProblem } from '../core/messageProblems.ts';
import type { DeliveryStatus } from '../core/status.ts';
import type { DeadLetters, Log, MessageStore, StoredDelivery, StoredMessage } from '../ports.ts';
import type { SetGoing } from './setGoing.ts';
import { LOOKS_AT_MOST, changesAllTheTime } from './setGoing.ts';
import type { TakeFromOutbox } from './takeFromOutbox.ts';
import { quotaProblem } from './quotaProblem.ts';

export type Redriven =
  | { readonly kind: 'missing' }
  /** Nothing of it (of the deliveries asked for) was given up. */
  | { readonly kind: 'wrongState'; readonly status: DeliveryStatus }
  /** `needs`: what it would take of the quota, where it was only looked at. */
  | { readonly kind: 'going'; readonly deliveries: number; readonly needs?: Needs }
  /** Validated anew, and still not valid. */
  | { readonly kind: 'stillRejected'; readonly problems: readonly Problem[] }
  | { readonly kind: 'originalGone' }
  /** Retention, or an erasure, was there before. */
  | { readonly kind: 'contentRemoved'; readonly removal: ContentRemoval }
  /** Under its idempotency key another message was accepted since. */
  | { readonly kind: 'repeats'; readonly id: string };

/** `only`: these deliveries of the message; without it all that were given up. */
export type Redrive = (id: string, only?: ReadonlySet<number>) => Promise<Redriven>;

/** The rows of the message that may go again, or why none does. */
export function redrivableOf(
  stored: StoredMessage | null,
  only: ReadonlySet<number> | undefined,
): { readonly rows: readonly StoredDelivery[] } | Redriven {
  if (stored === null) return { kind: 'missing' };
  const given = stored.deliveries.filter(({ delivery }) => isRedrivable(delivery.status));
  const rows = only ? given.filter(({ delivery }) => only.has(delivery.delivery)) : given;
  if (rows.length === 0) {
    return { kind: 'wrongState', status: statusOf(stored.deliveries.map((row) => row.delivery)) };
  }
  const { contentRemoved = null } = stored.head.head;
  // Whoever removes it changes the rows by their ETags: of the two one finds what the other did.
  return contentRemoved === null ? { rows } : { kind: 'contentRemoved', removal: contentRemoved };
}

/** What a rejected message came as; null: its dead letter does not keep it any more. */
export async function readOriginal(
  deadLetters: DeadLetters,
  { id, attempt }: Pick<Delivery, 'id' | 'attempt'>,
): Promise<Uint8Array | null> {
  return (await deadLetters.read(dayOfMessageId(id), `${id}.0.${attempt}`))?.raw ?? null;
}

export function makeRedrive(deps: {
  store: MessageStore;
  deadLetters: DeadLetters;
  setGoing: SetGoing;
  takeFromOutbox: Pick<TakeFromOutbox, 'takeAgain'>;
  log: Log;
}): Redrive {
  const { store, deadLetters, setGoing, takeFromOutbox, log } = deps;

  /** Null: the row has changed meanwhile. */
  async function validateAnew({ delivery, etag }: StoredDelivery): Promise<Redriven | null> {
    const { id } = delivery;
    const original = await readOriginal(deadLetters, delivery);
    if (original === null) return { kind: 'originalGone' };
    const acceptance = await takeFromOutbox.takeAgain(id, original, etag);
    switch (acceptance.kind) {
      case 'invalid':
        return { kind: 'stillRejected', problems: acceptance.problems };
      case 'keyReused': {
        const detail = `the key was used by ${acceptance.id} with another body`;
        return { kind: 'stillRejected', problems: [makeProblem(['idempotencyKey'], 'key_reused', detail)] };
      }
      case 'quotaFull':
        return { kind: 'stillRejected', problems: [quotaProblem(acceptance.refused)] };
      case 'accepted':
        if (acceptance.id !== id) return { kind: 'repeats', id: acceptance.id };
        if (acceptance.replayed) return null;
        return { kind: 'going', deliveries: (await store.readMessage(id))?.deliveries.length ?? 1 };
    }
  }

  /** Null: a row has changed meanwhile. */
  async function tryOnce(id: string, rows: readonly StoredDelivery[]): Promise<Redriven | null> {
    const [first] = rows;
    if (first && wasNeverPlanned(first.delivery)) return validateAnew(first);
    return (await setGoing(id, rows)) ? { kind: 'going', deliveries: rows.length } : null;
  }

  return async (id, only) => {
    for (let n = 0; n < LOOKS_AT_MOST; n++) {
      const found = redrivableOf(await store.readMessage(id), only);
      if ('kind' in found) return found;
      const redriven = await tryOnce(id, found.rows);
      if (redriven === null) continue;
      if (redriven.kind === 'going') {
        log('detail', `${id} is redriven: ${redriven.deliveries} deliveries go on`, {
          messageId: id,
          deliveries: redriven.deliveries,
        });
      }
      return redriven;
    }
    throw changesAllTheTime(id);
  };
}
