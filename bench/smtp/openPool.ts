import { createTransport } from 'nodemailer';
import { ACCOUNT, PASSWORD } from './contender.ts';

/** nodemailer's own pool, as a plain program uses it: connections over STARTTLS that are kept for as long as they last. */
export function openPool({
  port,
  ca,
  connections,
}: {
  readonly port: number;
  readonly ca: string;
  readonly connections: number;
}) {
  return createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    secure: false,
    requireTLS: true,
    tls: { ca },
    auth: { user: ACCOUNT, pass: PASSWORD },
    maxConnections: connections,
    maxMessages: Infinity,
  });
}
