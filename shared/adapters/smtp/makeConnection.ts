import type { Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { XOAUTH2_HANDLERS } from './login.ts';
import type { Dialogue } from './smtpDialogue.ts';
import type { SmtpTimeouts } from './smtpTimeouts.ts';

export interface ConnectionOptions {
  readonly host: string;
  /** PEM of the only CA that is trusted; null: those that Node trusts. */
  readonly ca: string | null;
  readonly ehloName: string;
  readonly timeouts: SmtpTimeouts;
}

/**
 * nodemailer's connection over a connected socket: TLS by STARTTLS and verified, or nothing. What is said on it goes to the
 * dialogue.
 */
export function makeConnection(
  { host, ca, ehloName, timeouts }: ConnectionOptions,
  socket: Socket,
  dialogue: Dialogue,
): SMTPConnection {
  const note = (entry: { tnx?: string }, line: string): void => {
    if (entry.tnx === 'client') dialogue.sent(line);
    else if (entry.tnx === 'server') dialogue.received(line);
  };
  // The session's own times decide; nodemailer's must not come first, since they do not say what was waited for.
  const neverMs = timeouts.transactionMs + timeouts.dataMs;
  return new SMTPConnection({
    connection: socket,
    host,
    name: ehloName,
    secure: false,
    requireTLS: true,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === null ? {} : { ca }) },
    connectionTimeout: neverMs,
    greetingTimeout: neverMs,
    socketTimeout: neverMs,
    // An end is always at once: a half-closed connection could still deliver what was given up.
    socketCloseTimeout: 0,
    customAuth: XOAUTH2_HANDLERS,
    transactionLog: true,
    logger: { debug: note, trace: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore },
  });
}

function ignore(): void {}
