import type { Credential, TransportFailure } from '../../ports.ts';
import { openSocket } from './openSocket.ts';
import { SmtpSession, type SmtpSessionOptions } from './smtpSession.ts';

export type OpenedSession =
  | { readonly ok: true; readonly session: SmtpSession }
  | { readonly ok: false; readonly failure: TransportFailure };

export interface OpenSessionOptions extends SmtpSessionOptions {
  readonly port: number;
}

/** Connects, secures the connection and logs in. `onEnd` is called once for a session that was opened. */
export async function openSession(
  options: OpenSessionOptions,
  account: string,
  credential: Credential,
  onEnd: (session: SmtpSession) => void,
): Promise<OpenedSession> {
  const { host, port, timeouts } = options;
  const opened = await openSocket(host, port, timeouts.connectMs);
  if (!opened.ok) {
    const { stage, error } = opened;
    return { ok: false, failure: { stage, reply: null, error, givenUp: false } };
  }
  const session: SmtpSession = new SmtpSession(options, opened.socket, () => onEnd(session));
  const failure = await session.open(account, credential);
  if (failure === null) return { ok: true, session };
  await session.quit();
  return { ok: false, failure };
}
