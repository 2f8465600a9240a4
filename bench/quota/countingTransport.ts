/** A server that accepts mail and counts it. Recipients whose address begins with `gone` it does not know. */
import { setTimeout as pause } from 'node:timers/promises';
import { isInternal } from '../../shared/core/domains.ts';
import type { MailTransport, RecipientResult } from '../../shared/ports.ts';
import type { AcceptedFile } from './acceptedFile.ts';
import { DOMAIN } from './quotaSettings.ts';

export interface CountingTransport extends MailTransport {
  /**
   * Once it has accepted so many recipients it answers nobody any more; resolves when it has accepted something whose answer
   * never comes.
   */
  fallSilent(afterRecipients: number): Promise<void>;
}

/** As a server and the way to it: before the last byte goes, and until its answer is there. */
const WAY_AT_MOST_MS = 30;
export const UNKNOWN_ADDRESS = 'gone';

const ACCEPTED: RecipientResult = {
  result: 'accepted',
  reply: { code: 250, enhanced: '2.6.0', text: '250 2.6.0 Queued mail for delivery' },
};
const REFUSED: RecipientResult = {
  result: 'refused',
  stage: 'rcpt',
  reply: {
    code: 550,
    enhanced: '5.1.10',
    text: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
  },
};
const GIVEN_UP: RecipientResult = {
  result: 'notSent',
  failure: { stage: 'data', reply: null, error: 'given up before the last byte', givenUp: true },
};

export function makeCountingTransport({
  accepted,
  random,
}: {
  accepted: AcceptedFile;
  /** In [0, 1). */
  random: () => number;
}): CountingTransport {
  let count = 0;
  let silence: { readonly after: number; readonly begins: () => void } | null = null;

  return {
    async send({ recipients, identity, pointOfNoReturn }) {
      const known = recipients.filter((address) => !address.startsWith(UNKNOWN_ADDRESS));
      await pause(random() * WAY_AT_MOST_MS);
      if (known.length > 0) {
        if (!pointOfNoReturn()) return { recipients: recipients.map(() => GIVEN_UP) };
        const { messageId } = identity;
        accepted.append(
          known.map((address) => ({ messageId, address, isExternal: !isInternal(address, [DOMAIN]) })),
        );
        count += known.length;
        if (silence !== null && count >= silence.after) {
          silence.begins();
          await new Promise(() => undefined);
        }
      }
      await pause(random() * WAY_AT_MOST_MS);
      return { recipients: recipients.map((address) => (known.includes(address) ? ACCEPTED : REFUSED)) };
    },
    verify: async () => null,
    setConnections: () => undefined,
    close: async () => undefined,
    async fallSilent(after) {
      await new Promise<void>((begins) => (silence = { after, begins }));
    },
  };
}
