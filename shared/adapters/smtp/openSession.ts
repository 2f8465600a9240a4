import type { Credential } from '../../ports.ts';
import type { ConnectionOptions } from './makeConnection.ts';
import type { Opened } from './opened.ts';
import { openSocket } from './openSocket.ts';
import type { SmtpSession } from './smtpSession.ts';

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
): Promise<Opened<SmtpSession>> {
  // nodemailer comes with the first connection: an instance that sends by the fast transport never loads it.
  const { SmtpSession: Session } = await import('./smtpSession.ts');
  const { host, port, timeouts } = options;
  const startedAt = performance.now();
  const opened = await openSocket(host, port, Math.min(timeouts.connectMs, withinMs));
  if (!opened.ok) {
    const { stage, error } = opened;
    return { ok: false, failure: { stage, reply: null, error, givenUp: false }, stages: [] };
  }
  const reachedMs = performance.now() - startedAt;
  const session: SmtpSession = new Session(options, opened.socket, () => onEnd(session));
  const leftMs = Math.max(0, withinMs - (performance.now() - startedAt));
  const failure = await session.open(account, credential, leftMs);
  // DNS and TCP are part of connecting, as the greeting is.
  const stages = session.times.map(({ stage, ms }) => ({
    stage,
    ms: stage === 'connect' ? ms + reachedMs : ms,
  }));
  if (failure === null) return { ok: true, session, stages };
  await session.quit();
  return { ok: false, failure, stages };
}
