/** What an operator types to find a message. Pure. */
import type { Delivery } from './delivery.ts';
import type { Head } from './records.ts';

/** More is no part of a subject or an address. */
export const SEARCH_CHARACTERS = 256;

/**
 * Whether the text is a part of what a message can be known by: its id, reference, idempotency key, subject, or one of its
 * recipients' addresses. Upper and lower case are the same.
 */
export function matchesSearch(search: string, head: Head, deliveries: readonly Delivery[]): boolean {
  const wanted = search.toLowerCase();
  const isIn = (text: string | null): boolean => text?.toLowerCase().includes(wanted) ?? false;
  return (
    [head.id, head.reference, head.idempotencyKey, head.subject].some(isIn) ||
    deliveries.some(({ recipients }) => recipients.some(({ address }) => isIn(address)))
  );
}
