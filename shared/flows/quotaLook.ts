/**
 * The look at the quota at acceptance, for messages that would rather be rejected than wait: whether all of it fits into what
 * is left of every scope now. Nothing is reserved: what is found full later is rejected then.
 */
import type { DeliveryRecipient } from '../core/delivery.ts';
import type { Message } from '../core/message.ts';
import type { Clock } from '../ports.ts';
import type { Quota } from './quota.ts';
import type { Senders } from './senders.ts';
import type { Refused } from '../core/quotaLedger.ts';

/** `sender`: an account or a pool. Null: it fits, or it does not ask. */
export type LookAtQuota = (
  message: Message,
  sender: string,
  plan: readonly (readonly DeliveryRecipient[])[],
) => Promise<Refused | null>;

export function makeLookAtQuota(deps: {
  quota: Quota;
  senders: Senders;
  externalAllowed: boolean;
  clock: Clock;
}): LookAtQuota {
  const { quota, senders, externalAllowed, clock } = deps;
  return async (message, sender, plan) => {
    const isLater = message.sendAt !== null && message.sendAt > clock.now();
    if (message.onQuota !== 'reject' || message.mode === 'capture' || isLater) return null;
    const kinds = plan.flat().map(({ kind }) => kind);
    const external = kinds.filter((kind) => kind === 'external').length;
    const counted = externalAllowed
      ? { recipients: kinds.length, external }
      : { recipients: kinds.length - external, external: 0 };
    if (counted.recipients === 0) return null;
    let refused: Refused | null = null;
    for (const account of senders.candidates(sender)) {
      const { app, priority } = message;
      const answer = await quota.look({ ...counted, account, app, priority });
      if (answer === null) return null;
      // Of a pool's accounts, one that may have room later tells more than one that is too small for ever.
      if (refused === null || refused.tooLarge) refused = answer;
    }
    return refused;
  };
}
