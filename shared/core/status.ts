/**
 * The statuses of a delivery, and those of a message computed from its deliveries.
 *
 *   accept ─► queued ─► sending ─► sent · partially_sent · failed · canceled
 *     │         ▲ ▲        │
 *     │         │ └────────┤ refused in passing, unknown with `resend`
 *     ├► scheduled ┘       ├► deferred (quota, an account's or the tenant's trouble) ─► queued
 *     ├► deferred ──┘      └► held (unknown, waits for a person) ─► queued
 *     ├► captured
 *     └► rejected                    queued · deferred · scheduled past expiresAt ─► expired
 */
export const STATUSES = [
  'queued',
  'scheduled',
  'sending',
  'deferred',
  'held',
  'sent',
  'partially_sent',
  'failed',
  'expired',
  'canceled',
  'rejected',
  'captured',
] as const;
export type DeliveryStatus = (typeof STATUSES)[number];

export type RecipientStatus = 'waiting' | 'accepted' | 'failed' | 'unknown' | 'captured';

/** Somebody must look at a moving row again: it has `due`. */
export function isMoving(status: DeliveryStatus): boolean {
  return status === 'queued' || status === 'sending';
}

/** Waits in a room or for a person. */
export function isParked(status: DeliveryStatus): boolean {
  return status === 'scheduled' || status === 'deferred' || status === 'held';
}

export function isFinal(status: DeliveryStatus): boolean {
  return !isMoving(status) && !isParked(status);
}

/** While any delivery is not final, the first of these that occurs is the message's status. */
const UNFINISHED_IN_ORDER: readonly DeliveryStatus[] = ['sending', 'queued', 'deferred', 'scheduled', 'held'];

/** The status of a message, computed from those of its deliveries; it is stored nowhere. */
export function statusOfMessage(
  deliveries: readonly { readonly status: DeliveryStatus; readonly anyAccepted: boolean }[],
): DeliveryStatus {
  for (const status of UNFINISHED_IN_ORDER) {
    if (deliveries.some((delivery) => delivery.status === status)) return status;
  }
  const first = deliveries[0]?.status ?? 'failed';
  if (deliveries.every((delivery) => delivery.status === first)) return first;
  return deliveries.some((delivery) => delivery.anyAccepted) ? 'partially_sent' : 'failed';
}
