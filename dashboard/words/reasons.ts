/** Why there is a dead letter, as the page says it. */
import type { DeadLetterView } from '../api/answers.ts';
import type { Tone } from './statuses.ts';

export const REASON_WORDS: Readonly<
  Record<DeadLetterView['reason'], { readonly label: string; readonly tone: Tone; readonly meaning: string }>
> = {
  failed: { label: 'failed', tone: 'bad', meaning: 'no recipient of the delivery was reached' },
  partially_sent: {
    label: 'partially sent',
    tone: 'bad',
    meaning: 'some recipients of the delivery were not reached',
  },
  rejected: { label: 'rejected', tone: 'bad', meaning: 'it was not accepted as a message' },
  expired: { label: 'expired', tone: 'bad', meaning: 'its time was over before it could go' },
  held_back: {
    label: 'held back',
    tone: 'waits',
    meaning: 'it was taken out of the way, and waits for a person',
  },
  comes_back: { label: 'comes back', tone: 'waits', meaning: 'its queue item comes back again and again' },
};
