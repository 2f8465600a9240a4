/** A process with SMTP servers that take every mail and keep none, behind a line and a server as slow as they are told to be. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { serveCalls } from '../serveCalls.ts';
import { makeCrowd } from './crowd.ts';
import type { Pace } from './smtpOptions.ts';

/** Half of the round trip is added each way; the server works from the last byte of a mail to its answer, and nothing else of that connection goes on meanwhile. */
export interface SinkArgument extends Pace {
  readonly key: string;
  readonly cert: string;
  readonly extensions: readonly string[];
  /** No data is read until so many mails at once have begun theirs. Absent: it is read as it comes. */
  readonly heldUntil?: number;
}

const END_OF_DATA = Buffer.from('\r\n.\r\n');
const NOTHING = Buffer.alloc(0);
const servers: Server[] = [];
const sockets = new Set<Socket>();
const crowd = makeCrowd();
let taken = 0;
let pace: Pace = { roundTripMs: 0, serverMs: 0 };

serveCalls({
  async open(argument: SinkArgument): Promise<number> {
    const { key, cert } = argument;
    pace = argument;
    // One for all connections: the next one may resume a session.
    const secureContext = createSecureContext({ key, cert });
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.setNoDelay(true);
      serve(socket, argument, secureContext);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
  /** Mails so far, on all of them. */
  async taken(): Promise<number> {
    return taken;
  },
  /** Mails whose data was under way: the most at once since it was last asked. From now on mails are held anew. */
  async mostAtOnce(): Promise<number> {
    return crowd.mostAtOnce();
  },
  /** From now on, on all connections. */
  async setPace(next: Pace): Promise<void> {
    pace = next;
  },
  async closeAll(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  },
});

/** Does things in their order, each no sooner than half a round trip from when it was given. */
function makeDelay(): (act: () => void) => void {
  const waiting: { readonly dueAt: number; readonly act: () => void }[] = [];
  const run = (): void => {
    while (waiting[0] !== undefined && waiting[0].dueAt <= performance.now()) waiting.shift()!.act();
    if (waiting[0] !== undefined) setTimeout(run, Math.max(waiting[0].dueAt - performance.now(), 0));
  };
  return (act) => {
    const delayMs = pace.roundTripMs / 2;
    if (delayMs === 0 && waiting.length === 0) {
      act();
      return;
    }
    waiting.push({ dueAt: performance.now() + delayMs, act });
    if (waiting.length === 1) setTimeout(run, delayMs);
  };
}

function serve(
  plain: Socket,
  argument: SinkArgument,
  secureContext: ReturnType<typeof createSecureContext>,
): void {
  const { extensions, heldUntil = 0 } = argument;
  const inward = makeDelay();
  const outward = makeDelay();
  let socket: Socket = plain;
  let received: Buffer = NOTHING;
  let state: 'commands' | 'user' | 'password' | 'data' = 'commands';
  let chunkBytes = 0;
  let isBusy = false;
  let replies = '';

  const say = (text: string): void => {
    replies += `${text}\r\n`;
  };
  const flush = (): void => {
    if (replies === '') return;
    const text = replies;
    replies = '';
    outward(() => socket.write(text));
  };
  let isInData = false;
  const begin = (): void => {
    if (isInData) return;
    isInData = true;
    if (!crowd.begin(heldUntil, () => socket.resume())) socket.pause();
  };
  const take = (): void => {
    isInData = false;
    crowd.end();
    taken += 1;
    if (pace.serverMs === 0) {
      say('250 2.0.0 taken');
      return;
    }
    isBusy = true;
    flush();
    setTimeout(() => {
      say('250 2.0.0 taken');
      isBusy = false;
      work();
    }, pace.serverMs);
  };
  function obey(line: string): void {
    if (state === 'user') {
      state = 'password';
      say('334 UGFzc3dvcmQ6');
      return;
    }
    if (state === 'password') {
      state = 'commands';
      say('235 2.7.0 in');
      return;
    }
    switch (line.slice(0, 4)) {
      case 'EHLO':
        say(
          socket === plain
            ? '250-sink\r\n250 STARTTLS'
            : ['250-sink', ...extensions.map((name) => `250-${name}`), '250 AUTH LOGIN'].join('\r\n'),
        );
        return;
      case 'STAR':
        say('220 2.0.0 go');
        flush();
        outward(secure);
        return;
      case 'AUTH':
        state = 'user';
        say('334 VXNlcm5hbWU6');
        return;
      case 'DATA':
        state = 'data';
        begin();
        say('354 go');
        return;
      case 'BDAT':
        chunkBytes = Number(line.split(' ')[1]);
        isLast = line.endsWith('LAST');
        begin();
        return;
      case 'QUIT':
        say('221 2.0.0 bye');
        flush();
        outward(() => socket.end());
        return;
      default:
        say('250 2.0.0 ok');
    }
  }
  let isLast = false;
  function work(): void {
    const isIdle = (): boolean => !isBusy;
    while (isIdle()) {
      if (chunkBytes > 0) {
        const bytes = Math.min(chunkBytes, received.length);
        received = received.subarray(bytes);
        chunkBytes -= bytes;
        if (chunkBytes > 0) break;
        if (isLast) take();
        else say('250 2.0.0 go on');
      } else if (state === 'data') {
        const end = received.indexOf(END_OF_DATA);
        if (end === -1) {
          // The end may be cut in two; what is before it is not wanted.
          received = received.subarray(Math.max(received.length - END_OF_DATA.length, 0));
          break;
        }
        received = received.subarray(end + END_OF_DATA.length);
        state = 'commands';
        take();
      } else {
        const end = received.indexOf('\r\n');
        if (end === -1) break;
        const line = received.toString('latin1', 0, end);
        received = received.subarray(end + 2);
        obey(line);
      }
    }
    flush();
  }
  const listen = (): void => {
    socket.on('data', (bytes: Buffer) => {
      inward(() => {
        received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
        work();
      });
    });
    socket.on('error', () => plain.destroy());
  };
  function secure(): void {
    plain.removeAllListeners('data');
    received = NOTHING;
    socket = new TLSSocket(plain, { isServer: true, secureContext });
    listen();
  }
  listen();
  say('220 sink ESMTP');
  flush();
}
