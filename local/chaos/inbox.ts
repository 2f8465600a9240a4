import { z } from 'zod';

const mailsSchema = z.array(
  z.object({
    id: z.string(),
    to: z.array(z.string()),
    messageId: z.string().nullable(),
    repeatOf: z.string().nullable(),
  }),
);

export interface InboxMail {
  readonly id: string;
  /** The envelope's recipients. */
  readonly to: readonly string[];
  readonly messageId: string | null;
  /** The same for two mails with the same Message-ID and Date. */
  readonly identity: string;
}

export interface Inbox {
  /** Oldest first. */
  mailsTo(address: string): readonly InboxMail[];
}

export function makeInbox(mails: readonly InboxMail[]): Inbox {
  const byAddress = new Map<string, InboxMail[]>();
  for (const mail of mails) {
    for (const address of mail.to) {
      const known = byAddress.get(address);
      if (known === undefined) byAddress.set(address, [mail]);
      else known.push(mail);
    }
  }
  return { mailsTo: (address) => byAddress.get(address) ?? [] };
}

const CALL_TIMEOUT_MS = 60_000;

/** Everything that the simulator has accepted, oldest first. */
export async function readInbox(inboxUrl: string): Promise<InboxMail[]> {
  const response = await fetch(`${inboxUrl}/messages`, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  const mails = mailsSchema.parse(await response.json());
  return mails
    .toReversed()
    .map(({ id, to, messageId, repeatOf }) => ({ id, to, messageId, identity: repeatOf ?? id }));
}
