/**
 * A delivery as its row keeps it: the state that every claim and outcome is written into.
 *
 * Bounded in size whatever happens (R8): per recipient the last outcome only, pointing into a list of distinct
 * replies; the last attempts and charges only; the counters never fall.
 */
import type { Identity } from './identity.ts';
import type { Priority } from './message.ts';
import type { DeliveryStatus, RecipientStatus } from './status.ts';

/** The version of what rows and items hold (R10). What a newer version wrote is left alone. */
export const STATE_VERSION = 1;

export const FIRST_ATTEMPT = 1;

export type RecipientKind = 'internal' | 'external';

export interface DeliveryRecipient {
  readonly address: string;
  readonly kind: RecipientKind;
  readonly status: RecipientStatus;
  /** Index into `replies`; null: nothing was said of this recipient yet. */
  readonly reply: number | null;
  readonly at: number | null;
  /** Index into `identities`: once a transaction ended unknown for the recipient, it always goes under that one. */
  readonly identity: number | null;
}

/** A distinct reply or failure with what it means. */
export interface ReplyNote {
  readonly text: string;
  readonly cause: string | null;
  readonly remedy: string | null;
}

/** An identity that ended unknown for somebody; `given`: to how many recipients it was ever given. */
export interface UsedIdentity extends Identity {
  readonly given: number;
}

/** What a delivery took of the quota; it counts as spent as long as it stands on the row. */
export interface Charge {
  readonly lease: string;
  readonly account: string;
  readonly recipients: number;
  readonly external: number;
}

export interface Claim {
  /** Whoever holds the claim knows this; it never changes while the claim stands (R6). */
  readonly token: string;
  readonly instance: string;
  readonly account: string;
  readonly at: number;
  readonly endsAt: number;
  readonly charge: Charge;
  /** Indexes into `recipients`. */
  readonly recipients: readonly number[];
}

export interface AttemptNote {
  readonly attempt: number;
  readonly at: number;
  readonly account: string;
  readonly accepted: number;
  readonly refused: number;
  readonly unknown: number;
}

export interface Delivery {
  readonly id: string;
  /** 0: the whole message; 1 to 99: a part of a split one. */
  readonly delivery: number;
  readonly app: string;
  readonly priority: Priority;
  /** The sender account's address. */
  readonly sender: string;
  readonly mode: 'live' | 'capture';
  readonly onUnknown: 'resend' | 'hold';
  readonly onQuota: 'defer' | 'reject';
  readonly status: DeliveryStatus;
  /** The number of the next attempt; while `sending`, the claim's own. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly sendAt: number | null;
  readonly expiresAt: number | null;
  /** While moving: when somebody must look at the row again. */
  readonly due: number | null;
  /** By how much the sweep moved `due` on the last time it put an item for the row. */
  readonly dueStep: number;
  /** While parked, but not held: the room it lies in. */
  readonly room: string | null;
  /** While parked: when it goes on, where that is known. */
  readonly nextAttemptAt: number | null;
  /** The room it was released from: it passes that room's obstacle and order. */
  readonly releasedFrom: string | null;
  /** Released to find out whether a trouble is over: it passes every trouble by reply, but no person's pause. */
  readonly probe: boolean;
  readonly claim: Claim | null;
  readonly recipients: readonly DeliveryRecipient[];
  readonly replies: readonly ReplyNote[];
  readonly identities: readonly UsedIdentity[];
  readonly charges: readonly Charge[];
  readonly attempts: readonly AttemptNote[];
  /** Attempts that count for the schedule of retries, and when the first of them was. */
  readonly tries: number;
  readonly firstTryAt: number | null;
  /** Recipients of spends whose outcome was unknown, ever; and unknown attempts in a row. */
  readonly unknownSpends: number;
  readonly unknownInRow: number;
  /** Canceled while a claim stood: not tried again. */
  readonly cancelRequested: boolean;
  /** The traceparent that its attempts belong under; absent: nothing was traced when it was accepted. */
  readonly trace?: string;
}

/** A delivery that nothing has happened to yet; `status`, and whatever else the acceptance decides, comes over it. */
export function newDelivery(
  facts: Pick<Delivery, 'id' | 'app' | 'priority' | 'sender' | 'createdAt'>,
): Omit<Delivery, 'status'> {
  return {
    ...facts,
    delivery: 0,
    mode: 'live',
    onUnknown: 'resend',
    onQuota: 'defer',
    attempt: FIRST_ATTEMPT,
    updatedAt: facts.createdAt,
    sendAt: null,
    expiresAt: null,
    due: null,
    dueStep: 0,
    room: null,
    nextAttemptAt: null,
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

/** Reply texts, and what is said of them (which may quote them), are cut to this many characters. */
export const REPLY_CHARACTERS = 256;
export const ATTEMPTS_KEPT = 10;
/** As many as a row has recipients at the most: each may be told something else. */
const REPLIES_KEPT = 500;

/** The index of the note in the list, with the list that has it. */
export function noteReply(
  replies: readonly ReplyNote[],
  note: ReplyNote,
): { readonly replies: readonly ReplyNote[]; readonly index: number } {
  const cut: ReplyNote = {
    text: note.text.slice(0, REPLY_CHARACTERS),
    cause: note.cause?.slice(0, REPLY_CHARACTERS) ?? null,
    remedy: note.remedy?.slice(0, REPLY_CHARACTERS) ?? null,
  };
  const at = replies.findIndex((reply) => reply.text === cut.text && reply.cause === cut.cause);
  if (at >= 0) return { replies, index: at };
  if (replies.length >= REPLIES_KEPT) return { replies, index: replies.length - 1 };
  return { replies: [...replies, cut], index: replies.length };
}

/** Drops the replies that no recipient points to any more (R8). */
export function compactReplies(delivery: Delivery): Delivery {
  const used = [...new Set(delivery.recipients.map((recipient) => recipient.reply))].filter(
    (index) => index !== null,
  );
  if (used.length === delivery.replies.length) return delivery;
  const moved = new Map(used.map((index, position) => [index, position]));
  return {
    ...delivery,
    replies: used.map((index) => delivery.replies[index]!),
    recipients: delivery.recipients.map((recipient) =>
      recipient.reply === null ? recipient : { ...recipient, reply: moved.get(recipient.reply)! },
    ),
  };
}

/** Recipients that must still go: neither accepted nor failed nor captured. Indexes into `recipients`. */
export function openRecipients(delivery: Delivery): number[] {
  return delivery.recipients.flatMap((recipient, index) =>
    recipient.status === 'waiting' || recipient.status === 'unknown' ? [index] : [],
  );
}

export function countKinds(
  delivery: Delivery,
  indexes: readonly number[],
): { readonly recipients: number; readonly external: number } {
  const external = indexes.filter((index) => delivery.recipients[index]!.kind === 'external').length;
  return { recipients: indexes.length, external };
}

export function isExpired(delivery: Delivery, now: number): boolean {
  return delivery.expiresAt !== null && delivery.expiresAt <= now;
}
