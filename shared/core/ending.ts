/** How a delivery ends (pure): final by what became of its recipients, or because its time is over, or a person says so. */
import type { Delivery, ReplyNote } from './delivery.ts';
import { compactReplies, noteReply } from './delivery.ts';
import { needsNobody } from './remedy.ts';
import type { DeliveryStatus } from './status.ts';

const GAVE_UP_CAUSE = 'not delivered within 24 hours of the first try';
const GAVE_UP_REMEDY = 'redrive it when the cause is gone';

/** Whoever is still open fails with the note; the row becomes final. */
export function failOpen(delivery: Delivery, note: ReplyNote, now: number, status?: 'expired'): Delivery {
  const noted = noteReply(delivery.replies, note);
  const failed: Delivery = {
    ...delivery,
    updatedAt: now,
    replies: noted.replies,
    recipients: delivery.recipients.map((recipient) =>
      recipient.status === 'waiting'
        ? { ...recipient, status: 'failed', reply: noted.index, at: now }
        : recipient,
    ),
  };
  return finish(failed, status);
}

/** Expired: who was not reached fails with that reason; who was, keeps what was said. */
export function expire(delivery: Delivery, now: number): Delivery {
  const note: ReplyNote = {
    text: 'expired before it could be sent',
    cause: `expiresAt has passed`,
    remedy: 'redrive it, if it should still go; or give it a later expiresAt',
  };
  return failOpen(delivery, note, now, 'expired');
}

/** Canceled: who was not reached fails with that reason; who may have got it stays unknown. Not for a row with a claim. */
export function cancel(delivery: Delivery, now: number): Delivery {
  const note: ReplyNote = {
    text: 'canceled before it was sent',
    cause: 'a person or the app canceled the message',
    remedy: 'none: it was meant so; send it again as a new message if it should go after all',
  };
  return failOpen({ ...delivery, cancelRequested: true }, note, now);
}

/** The final row: no claim, no due, no room; its status by what became of the recipients. */
export function finish(delivery: Delivery, status?: DeliveryStatus): Delivery {
  const accepted = delivery.recipients.filter((recipient) => recipient.status === 'accepted').length;
  const all = delivery.recipients.length;
  const byRecipients = accepted === all ? 'sent' : accepted > 0 ? 'partially_sent' : 'failed';
  const final = delivery.cancelRequested && accepted < all ? 'canceled' : (status ?? byRecipients);
  return {
    ...delivery,
    status: final,
    due: null,
    dueStep: 0,
    room: null,
    nextAttemptAt: null,
    releasedFrom: null,
    probe: false,
    claim: null,
  };
}

/** Whoever could not be reached in time fails with what was said last; who may have got it stays unknown. */
export function giveUp(delivery: Delivery, open: readonly number[]): Delivery {
  let { replies } = delivery;
  const recipients = [...delivery.recipients];
  for (const index of open) {
    const recipient = recipients[index]!;
    if (recipient.status === 'unknown') continue;
    const last = recipient.reply === null ? null : delivery.replies[recipient.reply]!;
    const noted = noteReply(replies, {
      text: last?.text ?? GAVE_UP_CAUSE,
      cause: last?.cause ? `${GAVE_UP_CAUSE}; last: ${last.cause}` : GAVE_UP_CAUSE,
      // "None: it is tried again" held until now.
      remedy: last?.remedy && !needsNobody(last.remedy) ? last.remedy : GAVE_UP_REMEDY,
    });
    replies = noted.replies;
    recipients[index] = { ...recipient, status: 'failed', reply: noted.index, at: delivery.updatedAt };
  }
  return finish(compactReplies({ ...delivery, recipients, replies }));
}
