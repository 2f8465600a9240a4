import type { Reply, SmtpStage } from '../../../core/reply.ts';
import type { Credential, StageTime, TransportFailure } from '../../../ports.ts';
import { describeError, inSeconds } from '../describeError.ts';
import { openSocket } from '../openSocket.ts';
import { encodeXoauth2, missingLogin } from '../saslLogin.ts';
import type { SmtpTimeouts } from '../smtpTimeouts.ts';
import { readCapabilities, type Capabilities } from './capabilities.ts';
import { secureSocket, type TlsSessions } from './secureSocket.ts';
import { SmtpLine, type Answer } from './smtpLine.ts';
import { StageTimes } from './stageTimes.ts';

export interface OpenLineOptions {
  readonly host: string;
  readonly port: number;
  readonly ca: string | null;
  readonly ehloName: string;
  readonly timeouts: SmtpTimeouts;
  readonly sessions: TlsSessions;
}

export type OpenedLine = (
  | {
      readonly ok: true;
      readonly line: SmtpLine;
      readonly capabilities: Capabilities;
      /** Whether TLS went on with the session of the connection before. */
      readonly isResumed: boolean;
    }
  | { readonly ok: false; readonly failure: TransportFailure }
) & {
  /** How long each stage took, up to where it failed. */
  readonly stages: readonly StageTime[];
};

/** Who leaves waits no longer than this for the server's farewell. */
const QUIT_MS = 2_000;

/** What stands between us and the first MAIL. */
class NotOpened extends Error {
  readonly failure: TransportFailure;

  constructor(stage: SmtpStage, error: string, reply: Reply | null = null) {
    super(error);
    this.name = 'NotOpened';
    this.failure = { stage, reply, error, givenUp: false };
  }
}

interface Opening {
  readonly line: SmtpLine;
  readonly times: StageTimes;
}

/** Greeting, EHLO, STARTTLS, EHLO, AUTH, all `withinMs`. STARTTLS is asked for whether it is offered or not: nothing goes in clear. */
export async function openLine(
  options: OpenLineOptions,
  account: string,
  credential: Credential,
  withinMs: number,
): Promise<OpenedLine> {
  const { host, port, ehloName, timeouts } = options;
  const startedAt = performance.now();
  const times = new StageTimes();
  const opened = await openSocket(host, port, Math.min(timeouts.connectMs, withinMs));
  if (!opened.ok) {
    return { ok: false, failure: new NotOpened(opened.stage, opened.error).failure, stages: [] };
  }
  const { socket } = opened;
  // DNS and TCP are part of connecting, as the greeting is.
  times.add('connect', performance.now() - startedAt);
  // Small answers of ours must not wait for the acknowledgement of what went before them.
  socket.setNoDelay(true);
  const leftMs = (): number => Math.max(withinMs - (performance.now() - startedAt), 0);
  let line = new SmtpLine(socket);
  const deadline = setTimeout(() => line.end(new Error(`not sent within ${inSeconds(withinMs)}`)), leftMs());
  try {
    await ask({ line, times }, 'connect', null, timeouts.greetingMs, 220);
    await ask({ line, times }, 'ehlo', `EHLO ${ehloName}`, timeouts.replyMs, 250);
    await ask({ line, times }, 'tls', 'STARTTLS', timeouts.replyMs, 220);
    const askedAt = performance.now();
    const secured = await secureSocket(socket, options, Math.min(timeouts.replyMs, leftMs()));
    if (!secured.ok) throw new NotOpened('tls', secured.error);
    times.add('tls', performance.now() - askedAt);
    line = new SmtpLine(secured.socket);
    const { text } = await ask({ line, times }, 'ehlo', `EHLO ${ehloName}`, timeouts.replyMs, 250);
    const capabilities = readCapabilities(text);
    await logIn({ line, times }, account, credential, capabilities, timeouts.replyMs);
    // A farewell right behind the login. Whoever waits is told of it: the next connection might well get the same, at once.
    if (line.error !== null) {
      throw new NotOpened('auth', describeError(line.error), line.farewell?.reply ?? null);
    }
    return {
      ok: true,
      line,
      capabilities,
      isResumed: secured.socket.isSessionReused(),
      stages: times.list(),
    };
  } catch (error) {
    await takeLeave(line);
    // Anything else is a defect: it too is told as what kept the connection from being opened.
    const { failure } = error instanceof NotOpened ? error : new NotOpened('connect', String(error));
    return { ok: false, failure, stages: times.list() };
  } finally {
    clearTimeout(deadline);
  }
}

/** Says QUIT, waits a little for the server's farewell, and closes. */
export async function takeLeave(line: SmtpLine): Promise<void> {
  if (line.error === null) await line.ask('quit', 'QUIT', QUIT_MS);
  line.end(new Error('the connection was closed'));
}

async function logIn(
  opening: Opening,
  account: string,
  credential: Credential,
  capabilities: Capabilities,
  withinMs: number,
): Promise<void> {
  const missing = missingLogin(credential, capabilities.lines);
  if (missing !== null) throw new NotOpened('auth', missing);
  const say = (command: string, ...codes: number[]) => ask(opening, 'auth', command, withinMs, ...codes);
  if (credential.kind === 'password') {
    await say('AUTH LOGIN', 334);
    await say(Buffer.from(account).toString('base64'), 334);
    await say(Buffer.from(credential.password).toString('base64'), 235);
    return;
  }
  const { reply } = await say(`AUTH XOAUTH2 ${encodeXoauth2(account, credential.accessToken)}`, 235, 334);
  // 334: a challenge that says why; the refusal itself comes after an empty answer.
  if (reply.code === 334) await say('', 235);
}

/** Throws `NotOpened` for any other answer, and where none comes. No command is named: some are secrets. */
async function ask(
  { line, times }: Opening,
  step: SmtpStage,
  command: string | null,
  withinMs: number,
  ...codes: number[]
): Promise<Answer> {
  const answer = await line.ask(step, command, withinMs);
  if (answer === null) {
    const error = line.error === null ? 'the server did not answer' : describeError(line.error);
    throw new NotOpened(step, error);
  }
  const { reply, waitedMs } = answer;
  times.add(step, waitedMs);
  if (codes.includes(reply.code)) return answer;
  if (reply.code === 421) throw new NotOpened(step, 'the server closed the connection', reply);
  if (reply.code >= 400) throw new NotOpened(step, 'the server refused', reply);
  throw new NotOpened(step, `the server answered out of order: ${reply.text}`);
}
