import type { SmtpStage } from '../../core/reply.ts';
import type { Credential } from '../../ports.ts';
import { describeError } from './describeError.ts';
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
  const Session = await loadSession();
  if (typeof Session === 'string') return notOpened({ stage: 'connect', error: Session });
  const { host, port, timeouts } = options;
  const startedAt = performance.now();
  const opened = await openSocket(host, port, Math.min(timeouts.connectMs, withinMs));
  if (!opened.ok) return notOpened(opened);
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

/**
 * nodemailer comes with the first connection: an instance that sends by the fast transport never loads it. A claim stands by
 * then, so a load that fails is told as what it is, why there is no connection: thrown, it would leave the outcome unknown.
 */
async function loadSession(): Promise<typeof SmtpSession | string> {
  try {
    return (await import('./smtpSession.ts')).SmtpSession;
  } catch (error) {
    return `nodemailer cannot be loaded: ${error instanceof Error ? describeError(error) : String(error)}`;
  }
}

function notOpened({ stage, error }: { readonly stage: SmtpStage; readonly error: string }) {
  return { ok: false, failure: { stage, reply: null, error, givenUp: false }, stages: [] } as const;
}
