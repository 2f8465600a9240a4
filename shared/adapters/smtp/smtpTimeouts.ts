/** How long each step may take, in milliseconds. */
export interface SmtpTimeouts {
  /** Resolving the host's name and reaching it by TCP, together. */
  readonly connectMs: number;
  /** From the TCP connection to the server's greeting. */
  readonly greetingMs: number;
  /** The TLS handshake, each reply up to the one to DATA, and the longest pause while the data goes out. */
  readonly replyMs: number;
  /** From the point of no return to the reply that the data is accepted. */
  readonly dataMs: number;
  /** From `send()` to the point of no return, waiting for a free connection included. */
  readonly transactionMs: number;
  /** An idle connection is closed after this. */
  readonly idleMs: number;
}

/**
 * A claim ends 15 min after it was made (protocol.md): transactionMs + dataMs do not exceed it. RFC 5321 section
 * 4.5.3.2 would have a client wait longer (5 min for MAIL and RCPT, 10 for the end of the data); here the delivery goes
 * on later, so an instance rather lets go.
 */
export const SMTP_TIMEOUTS: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 30_000,
  replyMs: 60_000,
  dataMs: 5 * 60_000,
  transactionMs: 10 * 60_000,
  // Servers close an idle session after five minutes or so; well before, none is taken that is about to die.
  idleMs: 60_000,
};
