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

export interface NodemailerTransportOptions {
  readonly host: string;
  readonly port: number;
  /** PEM of the only CA to trust (development: the simulator's own); null: those that Node trusts. */
  readonly ca: string | null;
  /** A domain name or an address literal such as `[127.0.0.1]`; Exchange refuses anything else. */
  readonly ehloName: string;
  /** Connections of each account at most, until `setConnections` says otherwise. */
  readonly connections: number;
  readonly timeouts?: Partial<SmtpTimeouts>;
  /** Told of each connection that was opened (with what the server offers) or could not be. No secrets. */
  readonly log?: (
    level: 'detail' | 'info',
    text: string,
    fields: Readonly<Record<string, string | number | null>>,
  ) => void;
}

export function makeNodemailerTransport(options: NodemailerTransportOptions): MailTransport {
  const { host, port, ca, ehloName, connections, log = () => undefined } = options;
  const timeouts: SmtpTimeouts = { ...SMTP_TIMEOUTS, ...options.timeouts };
  const sessionOptions = { host, port, ca, ehloName, timeouts };
  const pools = new Map<string, AccountPool>();
  let closed = false;

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

  function poolOf(account: string): AccountPool {
    const key = account.toLowerCase();
    let pool = pools.get(key);
    if (pool === undefined) {
      pool = new AccountPool({
        open: (credential, withinMs, onEnd) => open(account, credential, withinMs, onEnd),
        connections,
        timeouts,
      });
      pools.set(key, pool);
      if (closed) void pool.close();
    }
    return pool;
  }

  return {
    send: (transaction) => poolOf(transaction.account).send(transaction),
    async verify(account, credential) {
      const opened = await open(account, credential, timeouts.transactionMs, () => undefined);
      if (!opened.ok) return opened.failure;
      await opened.session.quit();
      return null;
    },
    setConnections: (account, count) => poolOf(account).setConnections(count),
    async close() {
      closed = true;
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}
