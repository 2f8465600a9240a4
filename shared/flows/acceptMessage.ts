/**
 * Accepting a message: recorded before it is answered for.
 *
 *   validate ─ plan ─ size ─ key ─ payload blob ─ waiting rows ─ rows ─┬─ one delivery from the outbox, not bulk: straight on
 *                                                                      └─ else one item per delivery
 *
 * The id names the message, so whatever repeats (a redelivered item, a retry over HTTP with a key) finds it standing:
 * the insert decides, and nothing is recorded twice. Once the rows stand the message is accepted, whatever becomes of
 * the items: the sweep puts those that are missing.
 */
import type { Delivery, DeliveryRecipient } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { fingerprintOf } from '../core/fingerprint.ts';
import type { Message, Problem } from '../core/message.ts';
import { makeProblem } from '../core/messageProblems.ts';
import { dayOfMessageId } from '../core/messageId.ts';
import { parseMessage } from '../core/messageSchema.ts';
import { planMessage } from '../core/plan.ts';
import type { Head } from '../core/records.ts';
import { TIME_ROOM } from '../core/rooms.ts';
import type { DeliveryStatus } from '../core/status.ts';
import type { Blobs, Clock, Codec, IdempotencyKeys, Log, MessageStore, StoredHead } from '../ports.ts';
import type { Attempts } from './attempt.ts';
import type { Deliver } from './deliver.ts';
import type { MessageSize } from './messageSize.ts';
import type { Mails } from './prepareMail.ts';
import { makeInserter } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';
import type { Touch } from './touch.ts';

export interface Submission {
  /** The id the message gets, unless its key names another one. */
  readonly id: string;
  /** Decoded, not yet validated. */
  readonly value: unknown;
  readonly source: 'outbox' | 'http';
}

export type Acceptance =
  | {
      readonly kind: 'accepted';
      readonly id: string;
      readonly status: DeliveryStatus;
      readonly replayed: boolean;
    }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[]; readonly tooLarge: boolean }
  /** The key was used with another body, for this message. */
  | { readonly kind: 'keyReused'; readonly id: string };

export interface AcceptRules {
  readonly internalDomains: readonly string[];
  readonly recipientsPerMessage: number | null;
  readonly idempotencyMs: number;
  /** What a message gets that gives no expiry itself, from its acceptance on; null: it never expires. */
  readonly expiresAfterMs: number | null;
  /** The sender account that `from` names; null: none of ours. */
  readonly accountOf: (sender: string | null) => string | null;
}

export type AcceptMessage = (submission: Submission) => Promise<Acceptance>;

const FIRST_ATTEMPT = 1;
/** Packed payloads up to here lie in the row; a row of a message with one delivery still has room for its recipients. */
const PAYLOAD_IN_ROW_BYTES = 32 * 1024;

export function makeAcceptMessage(deps: {
  store: MessageStore;
  keys: IdempotencyKeys;
  blobs: Blobs;
  codec: Codec;
  size: MessageSize;
  mails: Mails;
  rows: Rows;
  touch: Touch;
  attempts: Attempts;
  deliver: Deliver;
  clock: Clock;
  durations: Durations;
  rules: AcceptRules;
  log: Log;
}): AcceptMessage {
  const {
    store,
    keys,
    blobs,
    codec,
    size,
    mails,
    rows,
    touch,
    attempts,
    deliver,
    clock,
    durations,
    rules,
    log,
  } = deps;

  function newDelivery(id: string, account: string, message: Message, now: number): Delivery {
    const life = rules.expiresAfterMs;
    const expiresAt =
      message.expiresAt ?? (life === null ? null : Math.max(now, message.sendAt ?? now) + life);
    const scheduled = message.sendAt !== null && message.sendAt > now;
    return {
      id,
      delivery: 0,
      app: message.app,
      priority: message.priority,
      sender: account,
      mode: message.mode,
      onUnknown: message.onUnknown,
      onQuota: message.onQuota,
      status: scheduled ? 'scheduled' : 'queued',
      attempt: FIRST_ATTEMPT,
      createdAt: now,
      updatedAt: now,
      sendAt: message.sendAt,
      expiresAt,
      due: scheduled ? null : now + durations.itemOverdue,
      dueStep: scheduled ? 0 : durations.itemOverdue,
      room: scheduled ? TIME_ROOM : null,
      nextAttemptAt: scheduled ? message.sendAt : null,
      releasedFrom: null,
      probe: false,
      claim: null,
      recipients: [],
      replies: [],
      identities: [],
      charges: [],
      attempts: [],
      tries: 0,
      firstTryAt: null,
      unknownSpends: 0,
      unknownInRow: 0,
      cancelRequested: false,
    };
  }

  async function storedHead(head: Head, message: Message): Promise<StoredHead> {
    const packed = codec.pack(JSON.stringify(message));
    if (packed.length <= PAYLOAD_IN_ROW_BYTES) return { head, payload: packed };
    const payloadBlob = `${dayOfMessageId(head.id)}/${head.id}`;
    await blobs.putPayload(payloadBlob, packed);
    return { head: { ...head, payloadBlob }, payload: null };
  }

  /**
   * What stands is answered as it was the first time. The item in hand of the outbox may be the only one, so the row goes
   * on where it stands, unless an attempt was made already: that has its own item.
   */
  async function standing(id: string, ownId: string, source: Submission['source']): Promise<Acceptance> {
    const stored = await store.readMessage(id);
    if (!stored) throw new Error(`${id} stands already, and cannot be read; it comes again`);
    const first = stored.deliveries[0]?.delivery;
    if (source === 'outbox' && id === ownId) {
      const isSingle = stored.head.head.parts === 0;
      if (first && isSingle && first.priority !== 'bulk') {
        await deliver({ messageId: id, delivery: 0, attempt: FIRST_ATTEMPT });
      } else {
        const waiting = stored.deliveries.filter(({ delivery }) => isFresh(delivery));
        await Promise.all(waiting.map(({ delivery }) => rows.putItem(delivery, 0)));
      }
    }
    const wasScheduled = first?.sendAt ? first.sendAt > first.createdAt : false;
    return { kind: 'accepted', id, status: wasScheduled ? 'scheduled' : 'queued', replayed: true };
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

  async function insertAll(stored: StoredHead, deliveries: readonly Delivery[]): Promise<boolean> {
    const { id } = stored.head;
    await Promise.all(deliveries.map((delivery) => rows.putWaiting(delivery)));
    const moving = deliveries.filter((delivery) => delivery.status === 'queued');
    if (moving.length > 0) await touch.ensure(id);
    if (!(await store.insert(stored, deliveries)).inserted) return false;
    if (moving.length > 0) await touchAgain(id);
    await Promise.all(moving.map((delivery) => rows.putItem(delivery, 0)));
    return true;
  }

  async function record(
    id: string,
    account: string,
    message: Message,
    plan: readonly (readonly DeliveryRecipient[])[],
    { id: ownId, source }: Submission,
  ): Promise<Acceptance> {
    const template = newDelivery(id, account, message, clock.now());
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
      },
      message,
    );
    const straightOn =
      single && source === 'outbox' && message.priority !== 'bulk' && template.status === 'queued';
    if (straightOn) {
      const writer = makeInserter(store, stored);
      const delivery = { ...template, recipients: plan[0]! };
      const written = await attempts.run(delivery, writer, (row) =>
        mails.ofMessage(message, stored.head, row),
      );
      if (!written) return standing(id, ownId, source);
      return { kind: 'accepted', id, status: template.status, replayed: false };
    }
    const deliveries = plan.map((recipients, index) => ({
      ...template,
      delivery: single ? 0 : index + 1,
      recipients,
    }));
    if (!(await insertAll(stored, deliveries))) return standing(id, ownId, source);
    return { kind: 'accepted', id, status: template.status, replayed: false };
  }

  return async (submission) => {
    const { id, value, source } = submission;
    const parsed = parseMessage(value, { now: clock.now() });
    if (!parsed.ok) return { kind: 'invalid', problems: parsed.problems, tooLarge: false };
    const { message } = parsed;
    const problems: Problem[] = [];
    const account = rules.accountOf(message.from.sender);
    if (account === null) {
      problems.push(
        makeProblem(
          ['from'],
          'sender_unknown',
          'from names no sender account of this deployment; leave it out for the default, or see HVE_ACCOUNTS',
        ),
      );
    }
    const plan = planMessage(message, rules);
    if (!plan.ok) problems.push(plan.problem);
    const sized = await size.check(message, account ?? '');
    problems.push(...sized.problems);
    if (problems.length > 0 || !plan.ok || account === null) {
      return { kind: 'invalid', problems, tooLarge: sized.tooLarge };
    }

    let recordedId = id;
    if (message.idempotencyKey !== null) {
      const now = clock.now();
      const fingerprint = fingerprintOf(message);
      const record = await keys.claim(
        {
          app: message.app,
          key: message.idempotencyKey,
          messageId: id,
          fingerprint,
          expiresAt: now + rules.idempotencyMs,
        },
        now,
      );
      if (record.fingerprint !== fingerprint) return { kind: 'keyReused', id: record.messageId };
      recordedId = record.messageId;
    }
    const acceptance = await record(recordedId, account, message, plan.deliveries, submission);
    if (acceptance.kind === 'accepted' && !acceptance.replayed) {
      log('info', `${recordedId} is accepted`, {
        messageId: recordedId,
        app: message.app,
        source,
        deliveries: plan.deliveries.length,
        priority: message.priority,
      });
    }
    return acceptance;
  };
}

/** Queued since its acceptance: its item may never have been put. */
function isFresh({ status, attempt }: Delivery): boolean {
  return status === 'queued' && attempt === FIRST_ATTEMPT;
}
