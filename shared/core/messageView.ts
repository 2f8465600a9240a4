/** Messages as the API shows them. Pure. */
import type { Delivery } from './delivery.ts';
import type { Problem } from './message.ts';
import type { Head } from './records.ts';
import { isFinal, statusOfMessage } from './status.ts';
import type { DeliveryStatus } from './status.ts';
import { identityOfAttempt } from './identity.ts';

export interface CountsView {
  readonly recipients: number;
  readonly internal: number;
  readonly external: number;
  readonly accepted: number;
  readonly failed: number;
  readonly unknown: number;
  readonly waiting: number;
  readonly unknownSpends: number;
}

export interface OperationView {
  readonly id: string;
  readonly status: DeliveryStatus;
  readonly counts: CountsView;
}

export interface MessageSummaryView {
  readonly id: string;
  readonly status: DeliveryStatus;
  readonly app: string;
  readonly reference: string | null;
  readonly idempotencyKey: string | null;
  readonly from: string;
  readonly subject: string;
  readonly priority: string;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it goes on by itself, where that is known. */
  readonly nextAttemptAt: string | null;
  /** The room it waits in. */
  readonly waitsFor: string | null;
  readonly problems: readonly Problem[];
  readonly counts: CountsView;
}

export interface MessageView extends MessageSummaryView {
  /** Since when its content is no longer kept: it can be looked at and redriven no more. */
  readonly contentRemovedAt: string | null;
  readonly recipients: readonly {
    readonly address: string;
    readonly kind: string;
    readonly delivery: number;
    readonly status: string;
    readonly reply: string | null;
    readonly cause: string | null;
    readonly remedy: string | null;
    readonly at: string | null;
  }[];
  readonly deliveries: readonly {
    readonly delivery: number;
    readonly status: DeliveryStatus;
    readonly account: string;
    readonly messageId: string | null;
    readonly attempts: readonly {
      readonly attempt: number;
      readonly at: string;
      readonly account: string;
      readonly accepted: number;
      readonly refused: number;
      readonly unknown: number;
    }[];
  }[];
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
const isoOrNull = (timeMs: number | null): string | null => (timeMs === null ? null : iso(timeMs));

export function statusOf(deliveries: readonly Delivery[]): DeliveryStatus {
  return statusOfMessage(
    deliveries.map((delivery) => ({
      status: delivery.status,
      anyAccepted: delivery.recipients.some((recipient) => recipient.status === 'accepted'),
    })),
  );
}

function countsOf(deliveries: readonly Delivery[]): CountsView {
  const counts = { recipients: 0, internal: 0, external: 0, accepted: 0, failed: 0, unknown: 0, waiting: 0 };
  let unknownSpends = 0;
  for (const delivery of deliveries) {
    unknownSpends += delivery.unknownSpends;
    for (const { kind, status } of delivery.recipients) {
      counts.recipients++;
      counts[kind]++;
      if (status === 'captured') counts.accepted++;
      else counts[status]++;
    }
  }
  return { ...counts, unknownSpends };
}

export function viewOperation(id: string, deliveries: readonly Delivery[]): OperationView {
  return { id, status: statusOf(deliveries), counts: countsOf(deliveries) };
}

export function viewSummary(head: Head, deliveries: readonly Delivery[]): MessageSummaryView {
  const open = deliveries.filter((delivery) => !isFinal(delivery.status));
  const next = open.flatMap((delivery) => (delivery.nextAttemptAt === null ? [] : [delivery.nextAttemptAt]));
  return {
    id: head.id,
    status: statusOf(deliveries),
    app: head.app,
    reference: head.reference,
    idempotencyKey: head.idempotencyKey,
    from: head.from,
    subject: head.subject,
    priority: head.priority,
    tags: head.tags,
    createdAt: iso(head.createdAt),
    updatedAt: iso(Math.max(head.createdAt, ...deliveries.map((delivery) => delivery.updatedAt))),
    nextAttemptAt: next.length === 0 ? null : iso(Math.min(...next)),
    waitsFor: open.find((delivery) => delivery.room !== null)?.room ?? null,
    problems: head.problems,
    counts: countsOf(deliveries),
  };
}

export function viewMessage(head: Head, deliveries: readonly Delivery[]): MessageView {
  return {
    ...viewSummary(head, deliveries),
    contentRemovedAt: isoOrNull(head.contentRemoved?.at ?? null),
    recipients: deliveries.flatMap((delivery) =>
      delivery.recipients.map(({ address, kind, status, reply, at }) => {
        const note = reply === null ? null : delivery.replies[reply]!;
        return {
          address,
          kind,
          delivery: delivery.delivery,
          status,
          reply: note?.text ?? null,
          cause: note?.cause ?? null,
          remedy: note?.remedy ?? null,
          at: isoOrNull(at),
        };
      }),
    ),
    deliveries: deliveries.map((delivery) => ({
      delivery: delivery.delivery,
      status: delivery.status,
      account: delivery.sender,
      messageId: lastMessageId(delivery),
      attempts: delivery.attempts.map((attempt) => ({ ...attempt, at: iso(attempt.at) })),
    })),
  };
}

/**
 * The Message-ID it went under last, or goes under now; null before the first attempt. Once an outcome was unknown, a
 * recipient goes under that attempt's for good.
 */
function lastMessageId(delivery: Delivery): string | null {
  const bound = delivery.recipients.find((recipient) => recipient.identity !== null)?.identity;
  if (typeof bound === 'number') return delivery.identities[bound]!.messageId;
  if (delivery.claim) return identityOfAttempt(delivery, delivery.claim.account, delivery.claim.at).messageId;
  const last = delivery.attempts.at(-1);
  if (!last) return null;
  const { id, delivery: number } = delivery;
  return identityOfAttempt({ id, delivery: number, attempt: last.attempt }, last.account, last.at).messageId;
}
