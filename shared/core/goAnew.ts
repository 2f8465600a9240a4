import type { Delivery } from './delivery.ts';
import type { DeliveryStatus } from './status.ts';

/** What a person may send once more. `rejected` only where it was valid: else it is validated anew. */
export function isRedrivable(status: DeliveryStatus): boolean {
  return status === 'failed' || status === 'partially_sent' || status === 'expired' || status === 'rejected';
}

/**
 * Held or given up, and set going by a person: whoever has not got it goes again, the 24 hours begin anew, nothing expires.
 * Who may have got it goes under the identity of that time; what was charged and counted stays. The caller queues it.
 */
export function goAnew(delivery: Delivery): Delivery {
  return {
    ...delivery,
    recipients: delivery.recipients.map((recipient) =>
      recipient.status === 'failed' ? { ...recipient, status: 'waiting' } : recipient,
    ),
    expiresAt: null,
    tries: 0,
    firstTryAt: null,
    unknownInRow: 0,
  };
}

/** Rejected before it was planned: there is nobody in it to send to. */
export function wasNeverPlanned({ status, recipients }: Pick<Delivery, 'status' | 'recipients'>): boolean {
  return status === 'rejected' && recipients.length === 0;
}
