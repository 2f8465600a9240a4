/**
 * The plain mail transport: nodemailer's SMTPConnection under a small pool of our own for each account.
 *
 * nodemailer's own pool is not used: it reports a lost connection without the stage it was lost at, puts a message of a
 * connection that died back in its queue, and has no point of no return. What it does share with it is all of the SMTP.
 */
import type { Credential, MailTransport } from '../../ports.ts';
import { AccountPool } from './accountPool.ts';
import { makeConnectionLog } from './connectionLog.ts';
import type { Opened } from './opened.ts';
import { openSession } from './openSession.ts';
import type { SmtpSession } from './smtpSession.ts';
import { SMTP_TIMEOUTS, type SmtpTimeouts } from './smtpTimeouts.ts';
import type { SmtpTransportOptions } from './smtpTransportOptions.ts';
import { makeTransportByAccount } from './transportByAccount.ts';

export function makeNodemailerTransport(options: SmtpTransportOptions): MailTransport {
  const { host, port, ca, ehloName, connections } = options;
  const timeouts: SmtpTimeouts = { ...SMTP_TIMEOUTS, ...options.timeouts };
  const sessionOptions = { host, port, ca, ehloName, timeouts };
  const log = makeConnectionLog(options);

  async function open(
    account: string,
    credential: Credential,
    withinMs: number,
    onEnd: (session: SmtpSession) => void,
  ): Promise<Opened<SmtpSession>> {
    const opened = await openSession(sessionOptions, account, credential, withinMs, onEnd);
    if (opened.ok) log.opened(account, { offers: opened.session.capabilities.join(', ') });
    else log.failed(account, opened.failure);
    return opened;
  }

  return makeTransportByAccount(
    (account) =>
      new AccountPool({
        open: (credential, withinMs, onEnd) => open(account, credential, withinMs, onEnd),
        connections,
        timeouts,
      }),
    (account, credential) => open(account, credential, timeouts.transactionMs, () => undefined),
  );
}
