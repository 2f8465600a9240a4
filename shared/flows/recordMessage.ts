/**
 * Recording a message: payload blob, waiting rows, rows, items, in that order (R2). One delivery from the outbox that is
 * not bulk, nor large, goes straight on: its first write is already its claim.
 *
 * The insert decides: what stands already is answered as it was the first time.
 */
import type { Delivery, DeliveryRecipient } from '../core/delivery.ts';
import { FIRST_ATTEMPT, newDelivery } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import type { Message } from '../core/message.ts';
import { dayOfMessageId } from '../core/messageId.ts';
import { renderPayload } from '../core/payload.ts';
import type { Head } from '../core/records.ts';
import { TIME_ROOM } from '../core/rooms.ts';
import type { Blobs, Clock, Codec, Log, MessageStore, StoredHead } from '../ports.ts';
import type { Attempts } from './attempt.ts';
import type { Deliver } from './deliver.ts';
import type { Mails } from './prepareMail.ts';
import { makeInserter } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';
import type { Shutdown } from './shutdown.ts';
import type { Touch } from './touch.ts';

/** Where a message comes from, and the id it would have by that. */
export interface Origin {
  readonly id: string;
  readonly source: 'outbox' | 'http' | 'redrive' | 'report';
  /** The ETag of the rejected row under this id, whose place the message takes; else it must be new. */
  readonly replaces?: string;
  /** The traceparent that its attempts belong under; null: nothing is traced. */
  readonly trace?: string | null;
  /** The blob of the claim check that it came as. */
  readonly claimCheck?: string;
  /** It is accepted in its turn (turns.ts), in which nothing may be sent. */
  readonly inTurn?: boolean;
}

export interface Recorded {
  readonly kind: 'accepted';
  readonly id: string;
  /** As it was recorded: what became of it since is another matter. */
  readonly status: 'queued' | 'scheduled';
  readonly replayed: boolean;
}

/** `id` is the origin's, or the one that the idempotency key names. */
export type RecordMessage = (
  id: string,
  account: string,
  message: Message,
  plan: readonly (readonly DeliveryRecipient[])[],
  origin: Origin,
) => Promise<Recorded>;

/** Packed payloads up to here lie in the row; a row of a message with one delivery still has room for its recipients. */
const PAYLOAD_IN_ROW_BYTES = 32 * 1024;

export function makeRecordMessage(deps: {
  store: MessageStore;
  blobs: Blobs;
  codec: Codec;
  mails: Mails;
  rows: Rows;
  touch: Touch;
  attempts: Attempts;
  deliver: Deliver;
  shutdown: Shutdown;
  clock: Clock;
  durations: Durations;
  /** What a message gets that gives no expiry itself, from its acceptance or sendAt on; null: it never expires. */
  expiresAfterMs: number | null;
  log: Log;
}): RecordMessage {
  const {
    store,
    blobs,
    codec,
    mails,
    rows,
    touch,
    attempts,
    deliver,
    shutdown,
    clock,
    durations,
    expiresAfterMs,
    log,
  } = deps;

  function makeTemplate(id: string, account: string, message: Message, now: number): Delivery {
    const { app, priority, mode, onUnknown, onQuota, sendAt } = message;
    const life = expiresAfterMs;
    const expiresAt = message.expiresAt ?? (life === null ? null : Math.max(now, sendAt ?? now) + life);
    const fresh = {
      ...newDelivery({ id, app, priority, sender: account, createdAt: now }),
      mode,
      onUnknown,
      onQuota,
      sendAt,
      expiresAt,
    };
    if (sendAt !== null && sendAt > now) {
      return { ...fresh, status: 'scheduled', room: TIME_ROOM, nextAttemptAt: sendAt };
    }
    return { ...fresh, status: 'queued', due: now + durations.itemOverdue, dueStep: durations.itemOverdue };
  }

  async function storedHead(head: Head, message: Message): Promise<StoredHead> {
    const packed = codec.pack(renderPayload(message));
    if (packed.length <= PAYLOAD_IN_ROW_BYTES) return { head, payload: packed };
    const payloadBlob = `${dayOfMessageId(head.id)}/${head.id}`;
    await blobs.putPayload(payloadBlob, packed);
    return { head: { ...head, payloadBlob }, payload: null };
  }

  /**
   * What stands is answered as it was the first time. The item in hand of the outbox may be the only one, so the row goes
   * on where it stands, unless an attempt was made already: that has its own item.
   */
  async function standing(id: string, { id: ownId, source, inTurn = false }: Origin): Promise<Recorded> {
    const stored = await store.readMessage(id);
    if (!stored) throw new Error(`${id} stands already, and cannot be read; it comes again`);
    const first = stored.deliveries[0]?.delivery;
    if (source === 'outbox' && id === ownId) {
      const isSingle = stored.head.head.parts === 0;
      if (first && isSingle && first.priority !== 'bulk' && !inTurn) {
        await deliver({ messageId: id, delivery: 0, attempt: FIRST_ATTEMPT });
      } else {
        const waiting = stored.deliveries.filter(({ delivery }) => isFresh(delivery));
        await Promise.all(waiting.map(({ delivery }) => rows.putItem(delivery, 0)));
      }
    }
    return { kind: 'accepted', id, status: first ? firstStatus(first) : 'queued', replayed: true };
  }

  /** The rows stand, so the message is accepted whatever becomes of this: the day was touched a moment ago. */
  async function touchAgain(id: string): Promise<void> {
    try {
      await touch.ensure(id);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      log('error', `${id} is recorded, but its day could not be touched again: ${words}`, { messageId: id });
    }
  }

  async function insertAll(
    stored: StoredHead,
    deliveries: readonly Delivery[],
    origin: Origin,
  ): Promise<boolean> {
    const { id } = stored.head;
    // Under the id of its key it is another message, which nobody rejected.
    const replaces = id === origin.id ? origin.replaces : undefined;
    await Promise.all(deliveries.map((delivery) => rows.putWaiting(delivery)));
    const moving = deliveries.filter((delivery) => delivery.status === 'queued');
    if (moving.length > 0) await touch.ensure(id);
    const isWritten =
      replaces === undefined
        ? (await store.insert(stored, deliveries)).inserted
        : await store.recordAnew(stored, deliveries, replaces);
    if (!isWritten) return false;
    if (moving.length > 0) await touchAgain(id);
    await Promise.all(moving.map((delivery) => rows.putItem(delivery, 0)));
    return true;
  }

  return async (id, account, message, plan, origin) => {
    const traced = origin.trace ? { trace: origin.trace } : {};
    const template = { ...makeTemplate(id, account, message, clock.now()), ...traced };
    const single = plan.length === 1;
    const stored = await storedHead(
      {
        id,
        app: message.app,
        reference: message.reference,
        idempotencyKey: message.idempotencyKey,
        subject: message.subject,
        priority: message.priority,
        from: account,
        tags: message.tags,
        createdAt: template.createdAt,
        parts: single ? 0 : plan.length,
        showRecipients: single,
        payloadBlob: null,
        problems: [],
        claimCheck: origin.claimCheck ?? null,
      },
      message,
    );
    const { source, inTurn = false } = origin;
    const goesAlone = single && source === 'outbox' && message.priority !== 'bulk' && !inTurn;
    if (goesAlone && template.status === 'queued' && !shutdown.isStopping()) {
      const writer = makeInserter(store, stored);
      const delivery = { ...template, recipients: plan[0]! };
      const written = await attempts.run(delivery, writer, (row, sender) =>
        mails.ofMessage(message, stored.head, row, sender),
      );
      if (!written) return standing(id, origin);
      return { kind: 'accepted', id, status: firstStatus(template), replayed: false };
    }
    const deliveries = plan.map((recipients, index) => ({
      ...template,
      delivery: single ? 0 : index + 1,
      recipients,
    }));
    if (!(await insertAll(stored, deliveries, origin))) return standing(id, origin);
    return { kind: 'accepted', id, status: firstStatus(template), replayed: false };
  };
}

/** Queued since its acceptance: its item may never have been put. */
function isFresh({ status, attempt }: Delivery): boolean {
  return status === 'queued' && attempt === FIRST_ATTEMPT;
}

/** What the message was answered with when it was recorded. */
function firstStatus({ sendAt, createdAt }: Delivery): 'queued' | 'scheduled' {
  return sendAt !== null && sendAt > createdAt ? 'scheduled' : 'queued';
}
