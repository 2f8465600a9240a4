import type { Delivery, DeliveryRecipient } from '../../shared/core/delivery.ts';
import { makeMessageId } from '../../shared/core/messageId.ts';
import type { Head } from '../../shared/core/records.ts';

export const DAY = '2026-11-24';
export const NOON = Date.parse(`${DAY}T12:00:00Z`);

/** An id of the instant; `n` (0 to 255) tells several of one instant apart, and sorts them. */
export function sampleId(n = 0, atMs = NOON): string {
  return makeMessageId(
    atMs,
    Uint8Array.from({ length: 10 }, (_, index) => (index === 0 || index === 9 ? n : 7)),
  );
}

export function sampleRecipient(
  address: string,
  changes: Partial<DeliveryRecipient> = {},
): DeliveryRecipient {
  return { address, kind: 'internal', status: 'waiting', reply: null, at: null, identity: null, ...changes };
}

export function sampleDelivery(changes: Partial<Delivery> = {}): Delivery {
  return {
    id: sampleId(),
    delivery: 0,
    app: 'payroll',
    priority: 'normal',
    sender: 'hve@contoso.com',
    mode: 'live',
    onUnknown: 'resend',
    onQuota: 'defer',
    status: 'queued',
    attempt: 1,
    createdAt: NOON,
    updatedAt: NOON,
    sendAt: null,
    expiresAt: null,
    due: NOON + 300_000,
    dueStep: 0,
    room: null,
    nextAttemptAt: null,
    releasedFrom: null,
    probe: false,
    claim: null,
    recipients: [sampleRecipient('ann@contoso.com')],
    replies: [],
    identities: [],
    charges: [],
    attempts: [],
    tries: 0,
    firstTryAt: null,
    unknownSpends: 0,
    unknownInRow: 0,
    cancelRequested: false,
    ...changes,
  };
}

export function sampleHead(changes: Partial<Head> = {}): Head {
  return {
    id: sampleId(),
    app: 'payroll',
    reference: null,
    idempotencyKey: null,
    subject: 'Your payslip – November',
    priority: 'normal',
    from: 'hve@contoso.com',
    tags: [],
    createdAt: NOON,
    parts: 0,
    showRecipients: true,
    payloadBlob: null,
    problems: [],
    ...changes,
  };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
