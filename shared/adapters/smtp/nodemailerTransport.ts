/**
 * The plain mail transport: nodemailer's SMTPConnection under a small pool of our own for each account.
 *
 * nodemailer's own pool is not used: it reports a lost connection without the stage it was lost at, puts a message of a
 * connection that died back in its queue, and has no point of no return. What it does share with it is all of the SMTP.
 */
import type { Credential, MailTransport } from '../../ports.ts';
import { AccountPool } from './accountPool.ts';
import { openSession, type OpenedSession } from './openSession.ts';
import type { SmtpSession } from './smtpSession.ts';
import { SMTP_TIMEOUTS, type SmtpTimeouts } from './smtpTimeouts.ts';
import type { SmtpTransportOptions } from './smtpTransportOptions.ts';
import { makeTransportByAccount } from './transportByAccount.ts';

export function makeNodemailerTransport(options: SmtpTransportOptions): MailTransport {
  const { host, port, ca, ehloName, connections, log = () => undefined } = options;
  const timeouts: SmtpTimeouts = { ...SMTP_TIMEOUTS, ...options.timeouts };
  const sessionOptions = { host, port, ca, ehloName, timeouts };

  async function open(
    account: string,
    credential: Credential,
    withinMs: number,
    onEnd: (session: SmtpSession) => void,
  ): Promise<OpenedSession> {
    const opened = await openSession(sessionOptions, account, credential, withinMs, onEnd);
    if (opened.ok) {
      const offers = opened.session.capabilities.join(', ');
      log('detail', 'SMTP connection opened', { account, host, port, offers });
    } else {
      const { stage, error, reply } = opened.failure;
      log('info', 'SMTP connection failed', {
        account,
        host,
        port,
        stage,
        error,
        reply: reply?.text ?? null,
      });
    }
    return opened;
  }

  return makeTransportByAccount(
    (account) =>
      new AccountPool({
        open: (credential, withinMs, onEnd) => open(account, credential, withinMs, onEnd),
        connections,
        timeouts,
      }),
    async (account, credential) => {
      const opened = await open(account, credential, timeouts.transactionMs, () => undefined);
      if (!opened.ok) return opened.failure;
      await opened.session.quit();
      return null;
    },
  );
}
