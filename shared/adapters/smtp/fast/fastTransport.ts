/**
 * The fast mail transport: a connection of our own, which sends as much before an answer as the server lets it.
 *
 * | the server offers, after TLS | dialogue | round trips for a message |
 * |---|---|---|
 * | CHUNKING and PIPELINING | BDAT, `window` transactions in flight | 1 / window |
 * | PIPELINING | the next envelope behind this one's data | 1 |
 * | neither | one command at a time | 3 and one for each recipient |
 *
 * What it sends early it may have to call unknown: a connection that dies puts in doubt what was wholly out on it, at most
 * `window` transactions, and nothing else.
 */
import type { Credential, MailTransport } from '../../../ports.ts';
import { makeConnectionLog } from '../connectionLog.ts';
import type { Opened } from '../opened.ts';
import { SMTP_TIMEOUTS, type SmtpTimeouts } from '../smtpTimeouts.ts';
import type { SmtpTransportOptions } from '../smtpTransportOptions.ts';
import { makeTransportByAccount } from '../transportByAccount.ts';
import { chooseDialogue } from './dialogues.ts';
import { FastPool } from './fastPool.ts';
import { FastSession } from './fastSession.ts';
import { openLine } from './openLine.ts';
import type { TlsSessions } from './secureSocket.ts';

export interface FastTransportOptions extends SmtpTransportOptions {
  /** Transactions in flight on one connection, at most, where the server offers CHUNKING. */
  readonly window: number;
  /** How long a connection is used. */
  readonly lifeMs?: number;
}

/**
 * A fresh connection now and then: the host's name has many servers behind it. By time, not by number: a login costs some
 * five round trips, in which a busy connection sends hundreds.
 */
const CONNECTION_LIFE_MS = 60_000;

export function makeFastTransport(options: FastTransportOptions): MailTransport {
  const { host, port, ca, ehloName, connections, window } = options;
  const { lifeMs = CONNECTION_LIFE_MS } = options;
  const timeouts: SmtpTimeouts = { ...SMTP_TIMEOUTS, ...options.timeouts };
  const log = makeConnectionLog(options);

  async function open(
    account: string,
    credential: Credential,
    withinMs: number,
    sessions: TlsSessions,
  ): Promise<Opened<FastSession>> {
    const lineOptions = { host, port, ca, ehloName, timeouts, sessions };
    const opened = await openLine(lineOptions, account, credential, withinMs);
    if (!opened.ok) {
      log.failed(account, opened.failure);
      return opened;
    }
    const { line, capabilities, isResumed, stages } = opened;
    const dialogue = chooseDialogue(capabilities, window);
    log.opened(account, {
      offers: capabilities.lines.join(', '),
      dialogue: dialogue.name,
      tls: isResumed ? 'resumed' : 'new',
    });
    return { ok: true, session: new FastSession({ line, capabilities, dialogue, timeouts, lifeMs }), stages };
  }

  return makeTransportByAccount(
    (account) => {
      const sessions: TlsSessions = { latest: null };
      const openOne = (credential: Credential, withinMs: number): Promise<Opened<FastSession>> =>
        open(account, credential, withinMs, sessions);
      return new FastPool({ open: openOne, connections, timeouts });
    },
    (account, credential) => open(account, credential, timeouts.transactionMs, { latest: null }),
  );
}
