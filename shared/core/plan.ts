/**
 * The plan of a message: its recipients, each once, cut into deliveries. Internal recipients come before external ones,
 * so that at most one delivery is mixed and a full external quota holds back as little as can be.
 */
import type { DeliveryRecipient } from './delivery.ts';
import { isInternal } from './domains.ts';
import { makeProblem } from './messageProblems.ts';
import type { Message, Problem } from './message.ts';
import { distinctRecipients } from './addressList.ts';

/** A plan is one table transaction of 100 rows: the head and these. */
export const DELIVERIES_AT_MOST = 99;
/** What one row holds, where the profile sets no limit of recipients to a message. */
export const RECIPIENTS_PER_DELIVERY_AT_MOST = 500;

/** What a table transaction of 4 MiB holds for certain, whatever the addresses are. */
const RECIPIENTS_AT_MOST = 10_000;

export type Plan =
  | { readonly ok: true; readonly deliveries: readonly (readonly DeliveryRecipient[])[] }
  | { readonly ok: false; readonly problem: Problem };

export function planMessage(
  message: Message,
  rules: { readonly internalDomains: readonly string[]; readonly recipientsPerMessage: number | null },
): Plan {
  const size = Math.min(rules.recipientsPerMessage ?? Infinity, RECIPIENTS_PER_DELIVERY_AT_MOST);
  const recipients = distinctRecipients(message).map((address): DeliveryRecipient => {
    const kind = isInternal(address, rules.internalDomains) ? 'internal' : 'external';
    return { address, kind, status: 'waiting', reply: null, at: null, identity: null };
  });
  const ordered = [
    ...recipients.filter((recipient) => recipient.kind === 'internal'),
    ...recipients.filter((recipient) => recipient.kind === 'external'),
  ];
  const deliveries: DeliveryRecipient[][] = [];
  for (let at = 0; at < ordered.length; at += size) deliveries.push(ordered.slice(at, at + size));
  if (deliveries.length > 1 && message.split === 'never') {
    return refuse(
      `${ordered.length} recipients do not fit into one transaction of ${size}, and split is "never"; let it be split, or use a distribution list`,
    );
  }
  if (deliveries.length > DELIVERIES_AT_MOST || ordered.length > RECIPIENTS_AT_MOST) {
    return refuse(
      `${ordered.length} recipients; at most ${Math.min(DELIVERIES_AT_MOST * size, RECIPIENTS_AT_MOST)} fit into one message: use several messages or a distribution list`,
    );
  }
  return { ok: true, deliveries };
}

function refuse(detail: string): Plan {
  return { ok: false, problem: makeProblem([], 'too_many_recipients', detail) };
}
