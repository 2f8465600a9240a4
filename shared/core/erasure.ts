/**
 * Erasing an address from the record (pure). What is kept of a request is a salted hash, so an address in a text is found by
 * trying each text that may be one.
 *
 * A recipient becomes `erased-1`, `erased-2`: no address, one for each, so that counts, outcomes and charges stay what they
 * are. Where a text quotes the address, `[erased]` stands in its place. Whatever names the address loses its content and its
 * subject too: they may name the person.
 */
import { createHash } from 'node:crypto';
import type { Delivery, DeliveryRecipient } from './delivery.ts';
import { addressKey, checkAddress } from './emailAddress.ts';
import type { DeadLetterFacts, Erasure, Head, Place } from './records.ts';
import { withoutContent } from './retention.ts';

/** Whether a text is the address. */
export type IsErased = (address: string) => boolean;

const QUOTED = '[erased]';
/** Before every day. */
export const RECORD_START: Place = { day: '0000-01-01', after: null };

/** `id` and `salt` are random texts; `address` as `checkAddress` gives it. */
export function makeErasure(facts: Pick<Erasure, 'id' | 'salt'>, address: string, now: number): Erasure {
  const hash = hashOf(facts.salt, address);
  return { ...facts, hash, requestedAt: now, place: RECORD_START, pending: [], isCut: false, erased: 0 };
}

export function matcherOf({ salt, hash }: Pick<Erasure, 'salt' | 'hash'>): IsErased {
  return (address) => hashOf(salt, address) === hash;
}

function hashOf(salt: string, address: string): string {
  return createHash('sha256')
    .update(`${salt} ${addressKey(address)}`)
    .digest('hex');
}

/** No address has this form: it has no @. */
export function isErasedRecipient({ address }: Pick<DeliveryRecipient, 'address'>): boolean {
  return /^erased-\d+$/.test(address);
}

/** As the row is to be; the very same object: nothing of it names the address. */
function eraseFromDelivery(delivery: Delivery, isErased: IsErased): Delivery {
  const recipients = delivery.recipients.map((recipient, n) =>
    isErased(recipient.address) ? { ...recipient, address: `erased-${n + 1}` } : recipient,
  );
  const replies = delivery.replies.map((note) => {
    const text = scrub(note.text, isErased);
    const cause = scrub(note.cause, isErased);
    const remedy = scrub(note.remedy, isErased);
    const isQuoted = text !== note.text || cause !== note.cause || remedy !== note.remedy;
    return isQuoted ? { text, cause, remedy } : note;
  });
  if (isSame(recipients, delivery.recipients) && isSame(replies, delivery.replies)) return delivery;
  return { ...delivery, recipients, replies };
}

function isSame(now: readonly unknown[], before: readonly unknown[]): boolean {
  return now.every((one, n) => one === before[n]);
}

/** The message without the address, its content and its subject; null: nothing of it names the address. */
export function eraseFromMessage(
  head: Head,
  deliveries: readonly Delivery[],
  isErased: IsErased,
  now: number,
): { readonly head: Head; readonly deliveries: readonly Delivery[] } | null {
  const next = deliveries.map((delivery) => eraseFromDelivery(delivery, isErased));
  const scrubbed = scrubHead(head, isErased);
  const isNamed = scrubbed !== head || next.some((delivery, n) => delivery !== deliveries[n]);
  return isNamed ? { head: withoutNames(scrubbed, now), deliveries: next } : null;
}

/** What is left of a head whose message named an erased address. */
export function withoutNames(head: Head, now: number): Head {
  const contentRemoved = head.contentRemoved ?? { at: now, why: 'erased' as const };
  return withoutContent({ ...head, subject: '' }, contentRemoved);
}

function scrubHead(head: Head, isErased: IsErased): Head {
  const next = {
    ...head,
    subject: scrub(head.subject, isErased),
    reference: scrub(head.reference, isErased),
    idempotencyKey: scrub(head.idempotencyKey, isErased),
    tags: head.tags.map((tag) => scrub(tag, isErased)),
    problems: head.problems.map((problem) => ({ ...problem, detail: scrub(problem.detail, isErased) })),
  };
  return JSON.stringify(next) === JSON.stringify(head) ? head : next;
}

/** A dead letter's words without the address; the very same object: they do not name it. */
export function eraseFromLetter(letter: DeadLetterFacts, isErased: IsErased): DeadLetterFacts {
  const detail = scrub(letter.detail, isErased);
  const lastReply = scrub(letter.lastReply, isErased);
  return detail === letter.detail && lastReply === letter.lastReply
    ? letter
    : { ...letter, detail, lastReply };
}

/** Before the @, as much as a local part may have; an international domain too. */
const AROUND_AT = /([^\s<>()[\]\\,:;"@]{1,64})@([a-z0-9.\-\u00A1-\u{10FFFF}]+)/giu;
/** An address does not begin within a word. */
const WORD = /[a-z0-9._+-]/i;

function scrub(text: string, isErased: IsErased): string;
function scrub(text: string | null, isErased: IsErased): string | null;
function scrub(text: string | null, isErased: IsErased): string | null {
  if (text === null || !text.includes('@')) return text;
  return text.replaceAll(AROUND_AT, (found, before: string, after: string) => {
    const domain = after.replace(/[.-]+$/, '');
    for (let start = 0; start < before.length; start++) {
      if (start > 0 && WORD.test(before[start - 1]!)) continue;
      const checked = checkAddress(`${before.slice(start)}@${domain}`);
      if (checked.ok && isErased(checked.address)) {
        return before.slice(0, start) + QUOTED + after.slice(domain.length);
      }
    }
    return found;
  });
}

export function names(text: string, isErased: IsErased): boolean {
  return scrub(text, isErased) !== text;
}
