/**
 * A look at the SMTP server without a login, so that what stands in the way is told by name: its name, its port, STARTTLS, its
 * certificate, what it offers. Spoken here rather than by nodemailer, which ends a connection whose certificate it does not trust
 * before anybody can say whose it was and when it ended. Nothing but EHLO and QUIT is said on such a connection.
 */
import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { connect as secure, type TLSSocket } from 'node:tls';
import type { MailServer, ServerInspection, TransportFailure } from '../../ports.ts';
import { describeError, inSeconds } from './describeError.ts';
import { openSocket } from './openSocket.ts';
import { certificateOf, explainTrust } from './peerCertificate.ts';
import { makeReplyReader, type RawReply, type ReplyReader } from './replyReader.ts';

export interface MailServerOptions {
  readonly host: string;
  readonly port: number;
  /** PEM of the only CA that is trusted; null: those that Node trusts. */
  readonly ca: string | null;
  readonly ehloName: string;
}

type Stage = TransportFailure['stage'];

/** What ends the look, at which stage. */
class Obstacle extends Error {
  readonly failure: TransportFailure;
  constructor(stage: Stage, error: string, said: RawReply | null = null) {
    super(error);
    this.failure = { stage, reply: said?.reply ?? null, error, givenUp: false };
  }
}

/** One step may take so long, as long as there is time for all of them. */
const STEP_MS = 10_000;

export function makeMailServer(options: MailServerOptions): MailServer {
  return {
    async inspect(withinMs) {
      const { host, port } = options;
      const endsAt = performance.now() + withinMs;
      const leftMs = (): number => Math.max(1, Math.min(STEP_MS, endsAt - performance.now()));
      const seen: Mutable<ServerInspection> = {
        host,
        port,
        addresses: null,
        connectMs: null,
        certificate: null,
        capabilities: [],
        failure: null,
      };
      const open: { socket: Socket | null } = { socket: null };
      try {
        await look(options, leftMs, seen, open);
      } catch (error) {
        if (!(error instanceof Obstacle)) throw error;
        seen.failure = error.failure;
      } finally {
        // The outermost alone: it takes the one below with it. The other way round Node 24 may crash.
        open.socket?.destroy();
      }
      return seen;
    },
  };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

async function look(
  options: MailServerOptions,
  leftMs: () => number,
  seen: Mutable<ServerInspection>,
  open: { socket: Socket | null },
): Promise<void> {
  const { host, port, ehloName } = options;
  if (isIP(host) === 0) seen.addresses = await resolveName(host, leftMs());

  const startedAt = performance.now();
  const opened = await openSocket(host, port, leftMs());
  if (!opened.ok) throw new Obstacle(opened.stage, opened.error);
  const { socket } = opened;
  open.socket = socket;
  seen.connectMs = Math.round(performance.now() - startedAt);

  const clear = makeReplyReader(socket);
  await expectReply(clear, 'connect', leftMs());
  socket.write(`EHLO ${ehloName}\r\n`);
  const hello = await expectReply(clear, 'ehlo', leftMs());
  if (!capabilitiesOf(hello).includes('STARTTLS'))
    throw new Obstacle('tls', 'the server does not offer STARTTLS');
  socket.write('STARTTLS\r\n');
  await expectReply(clear, 'tls', leftMs());
  clear.release();

  const tls = startTls(socket, options);
  open.socket = tls;
  await handshake(tls, leftMs());
  seen.certificate = certificateOf(tls.getPeerCertificate(), Date.now());
  const distrust = explainTrust(tls);
  if (distrust !== null) throw new Obstacle('tls', distrust);

  const reader = makeReplyReader(tls);
  tls.write(`EHLO ${ehloName}\r\n`);
  seen.capabilities = capabilitiesOf(await expectReply(reader, 'ehlo', leftMs()));
  tls.end('QUIT\r\n');
}

async function resolveName(host: string, withinMs: number): Promise<readonly string[]> {
  // The operating system's resolver, as the connections use it; it takes no time limit of ours.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the name ${host} was not resolved within ${inSeconds(withinMs)}`)),
      withinMs,
    );
  });
  try {
    const found = await Promise.race([lookup(host, { all: true }), late]);
    return found.map(({ address }) => address);
  } catch (error) {
    throw new Obstacle('dns', inWords(error));
  } finally {
    clearTimeout(timer);
  }
}

/** A positive reply, or what stands in the way. */
async function expectReply(reader: ReplyReader, stage: Stage, withinMs: number): Promise<RawReply> {
  let said: RawReply;
  try {
    said = await reader.next(withinMs);
  } catch (error) {
    throw new Obstacle(stage, inWords(error));
  }
  const { code, text } = said.reply;
  if (code >= 200 && code < 300) return said;
  throw new Obstacle(stage, text, said);
}

function startTls(socket: Socket, { host, ca }: MailServerOptions): TLSSocket {
  return secure({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    minVersion: 'TLSv1.2',
    ...(ca === null ? {} : { ca }),
    // To be looked at, then judged by explainTrust: no secret is ever said on it.
    rejectUnauthorized: false,
  });
}

function handshake(tls: TLSSocket, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: string): void => {
      clearTimeout(timer);
      reject(new Obstacle('tls', error));
    };
    const timer = setTimeout(
      () => fail(`no end of the TLS handshake within ${inSeconds(withinMs)}`),
      withinMs,
    );
    tls.once('secureConnect', () => {
      clearTimeout(timer);
      resolve();
    });
    // Stays: what comes while it is torn down is of no interest.
    tls.on('error', (error) => fail(describeError(error)));
    tls.once('close', () => fail('the server closed the connection in the TLS handshake'));
  });
}

/** The first line is the server's name. */
function capabilitiesOf({ lines }: RawReply): readonly string[] {
  return lines.slice(1).map((line) => line.slice('250-'.length).trim().toUpperCase());
}

function inWords(error: unknown): string {
  return error instanceof Error ? describeError(error) : String(error);
}
