import type { Credential, TransportFailure } from '../../ports.ts';
import type { ConnectionOptions } from './makeConnection.ts';
import { openSocket } from './openSocket.ts';
import { SmtpSession } from './smtpSession.ts';

export type OpenedSession =
  | { readonly ok: true; readonly session: SmtpSession }
  | { readonly ok: false; readonly failure: TransportFailure };

export interface OpenSessionOptions extends ConnectionOptions {
  readonly port: number;
}

/** Connects, secures the connection and logs in, all `withinMs`. `onEnd` is called once, when the session is over. */
export async function openSession(
  options: OpenSessionOptions,
  account: string,
  credential: Credential,
  withinMs: number,
  onEnd: (session: SmtpSession) => void,
): Promise<OpenedSession> {
  const { host, port, timeouts } = options;
  const startedAt = performance.now();
  const opened = await openSocket(host, port, Math.min(timeouts.connectMs, withinMs));
  if (!opened.ok) {
    const { stage, error } = opened;
    return { ok: false, failure: { stage, reply: null, error, givenUp: false } };
  }
  const session: SmtpSession = new SmtpSession(options, opened.socket, () => onEnd(session));
  const failure = await session.open(account, credential, withinMs - (performance.now() - startedAt));
  if (failure === null) return { ok: true, session };
  await session.quit();
  return { ok: false, failure };
}
