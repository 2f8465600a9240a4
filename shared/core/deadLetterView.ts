/** Dead letters as the API shows them, and when one counts. Pure. */
import type { Delivery } from './delivery.ts';
import { dayOfMessageId, isMessageId } from './messageId.ts';
import { isDay } from './calendarDay.ts';
import type { FailureView } from './failureView.ts';
import { failuresOf } from './failureView.ts';
import type { DeadLetter, DeadLetterFacts, Head } from './records.ts';
import type { DeliveryStatus } from './status.ts';
import { isFinal } from './status.ts';

export type DeadLetterReason = DeadLetter['reason'];

export interface DeadLetterView {
  readonly id: string;
  /** null: it is about a queue item that names no message. */
  readonly messageId: string | null;
  readonly delivery: number;
  readonly attempt: number;
  readonly app: string | null;
  /** null: nothing is recorded of the message, or of the whole of a split one. */
  readonly subject: string | null;
  /** The UTC day that it is listed under: the message's. */
  readonly day: string;
  readonly at: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly lastReply: string | null;
  /** By cause, the most recipients first; at least one. */
  readonly failures: readonly FailureView[];
}

/** What is recorded of what a dead letter is about. */
export interface LetterRecord {
  readonly delivery: Delivery;
  /** Of the message. */
  readonly head: Head | null;
}

export interface DeadLetterDetailView extends DeadLetterView {
  /** The delivery has gone on since: nothing is left to do about this one. */
  readonly stale: boolean;
  /** The original as it came, where no record has it (what was recorded: `GET /api/messages/{id}/payload`). */
  readonly original: string | null;
  readonly originalEncoding: 'utf8' | 'base64' | null;
}

const BY_STATUS = ['failed', 'partially_sent', 'rejected', 'expired'] as const;

export const DEAD_LETTER_REASONS: readonly DeadLetterReason[] = [...BY_STATUS, 'held_back', 'comes_back'];

/** A delivery that ends so leaves a dead letter, with its status as the reason. */
export function hasDeadLetter(status: DeliveryStatus): status is (typeof BY_STATUS)[number] {
  return BY_STATUS.some((reason) => reason === status);
}

/** The id in the API; whatever is not about a delivery's attempt has its day in it, since its key does not tell it. */
export function deadLetterId({ day, key }: Pick<DeadLetter, 'day' | 'key'>): string {
  return isAttemptKey(key) && dayOfMessageId(key.slice(0, ID_LENGTH)) === day ? key : `${day}.${key}`;
}

/** Null: no dead letter has such an id. */
export function parseDeadLetterId(id: string): Pick<DeadLetter, 'day' | 'key'> | null {
  if (isAttemptKey(id)) return { day: dayOfMessageId(id.slice(0, ID_LENGTH)), key: id };
  const day = id.slice(0, DAY_LENGTH);
  const key = id.slice(DAY_LENGTH + 1);
  return isDay(day) && id[DAY_LENGTH] === '.' && key !== '' ? { day, key } : null;
}

const ID_LENGTH = 26;
const DAY_LENGTH = 10;

/** `01K9….2.5`: message, delivery, attempt. */
function isAttemptKey(key: string): boolean {
  return isMessageId(key.slice(0, ID_LENGTH)) && /^\.\d+\.\d+$/.test(key.slice(ID_LENGTH));
}

/**
 * R5: it counts only while the row is final by that attempt. `delivery`: its row as it stands; null: there is none. What
 * is about an item that came back for ever counts until the delivery has gone on.
 */
export function isStale(letter: DeadLetterFacts, delivery: Delivery | null): boolean {
  if (letter.messageId === '') return false;
  if (letter.reason === 'comes_back') {
    if (delivery === null) return false;
    const isOver = isFinal(delivery.status) && !hasDeadLetter(delivery.status);
    return isOver || delivery.attempt > letter.attempt;
  }
  return delivery === null || delivery.status !== letter.reason || delivery.attempt !== letter.attempt;
}

/** `record`: null where there is none. */
export function viewDeadLetter(letter: DeadLetterFacts, record: LetterRecord | null): DeadLetterView {
  const { messageId, delivery, attempt, app, day, at, reason, detail, lastReply } = letter;
  return {
    id: deadLetterId(letter),
    messageId: messageId === '' ? null : messageId,
    delivery,
    attempt,
    app: app === '' ? null : app,
    subject: record?.head?.subject || null,
    day,
    at: new Date(at).toISOString(),
    reason,
    detail,
    lastReply,
    failures: failuresOf(letter, record?.delivery ?? null, record?.head?.problems ?? []),
  };
}

export function viewDeadLetterDetail(
  letter: DeadLetter,
  record: LetterRecord | null,
  stale: boolean,
): DeadLetterDetailView {
  return { ...viewDeadLetter(letter, record), stale, ...originalOf(letter.raw) };
}

function originalOf(raw: Uint8Array | null): Pick<DeadLetterDetailView, 'original' | 'originalEncoding'> {
  if (raw === null) return { original: null, originalEncoding: null };
  try {
    return { original: new TextDecoder('utf-8', { fatal: true }).decode(raw), originalEncoding: 'utf8' };
  } catch {
    return { original: Buffer.from(raw).toString('base64'), originalEncoding: 'base64' };
  }
}
