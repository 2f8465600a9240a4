/**
 * The limit: the same bytes on the same connections without any work. It knows beforehand what it writes and how many lines
 * the sink answers, looks at none of them, and can recover from nothing.
 */
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { ACCOUNT, PASSWORD, type Contender, type Runner, type Target } from './contender.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function limitWriter(window: number | null): Contender {
  return {
    name: window === null ? 'limit, PIPELINING' : `limit, BDAT ${window}`,
    extensions: window === null ? ['PIPELINING'] : ['PIPELINING', 'CHUNKING'],
    async start(target) {
      const sockets = await Promise.all(Array.from({ length: target.connections }, () => logIn(target)));
      return run(sockets, target, window);
    },
  };
}

function run(sockets: readonly Socket[], { recipients, mail }: Target, window: number | null): Runner {
  const commands = [
    'RSET',
    `MAIL FROM:<${ACCOUNT}>`,
    ...recipients.map((recipient) => `RCPT TO:<${recipient}>`),
    ...(window === null ? ['DATA'] : []),
  ];
  const envelope = Buffer.from(commands.map((line) => `${line}\r\n`).join(''));
  // With BDAT a whole transaction; with DATA the data of one and the envelope of the next.
  const flight =
    window === null
      ? Buffer.concat([mail, Buffer.from('.\r\n'), envelope])
      : Buffer.concat([envelope, Buffer.from(`BDAT ${mail.length} LAST\r\n`), mail]);
  const linesOfFlight = commands.length + 1;

  async function runOne(socket: Socket, isOver: () => boolean): Promise<number> {
    let lines = 0;
    let sent = 0;
    // Before the first data there are only the answers to its envelope.
    let expected = window === null ? commands.length : linesOfFlight;
    let inFlight = 0;
    const { promise, resolve } = Promise.withResolvers<number>();
    const write = (): void => {
      inFlight += 1;
      socket.write(flight);
    };
    const read = (bytes: Buffer): void => {
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
        lines += 1;
        if (lines < expected) continue;
        lines = 0;
        if (expected === linesOfFlight) {
          inFlight -= 1;
          if (!isOver()) sent += 1;
        }
        expected = linesOfFlight;
        if (!isOver()) write();
        else if (inFlight === 0) {
          socket.off('data', read);
          resolve(sent);
        }
      }
    };
    socket.on('data', read);
    if (window === null) {
      // After the first run the server still waits for the data of an envelope that it took.
      if (begun.has(socket)) {
        expected = linesOfFlight;
        write();
      } else socket.write(envelope);
      begun.add(socket);
    } else for (let flights = 0; flights < window; flights += 1) write();
    return promise;
  }
  const begun = new Set<Socket>();
  return {
    run: async (isOver) => {
      const counts = await Promise.all(sockets.map((socket) => runOne(socket, isOver)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    close: async () => sockets.forEach((socket) => socket.destroy()),
  };
}

async function logIn({ port, ca }: Target): Promise<Socket> {
  const plain = connectPlain({ host: '127.0.0.1', port });
  plain.setNoDelay(true);
  await once(plain, 'data');
  await ask(plain, 'EHLO bench.contoso.com');
  await ask(plain, 'STARTTLS');
  plain.removeAllListeners('data');
  const socket = connectSecure({ socket: plain, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  for (const line of ['EHLO bench.contoso.com', 'AUTH LOGIN', base64(ACCOUNT), base64(PASSWORD)]) {
    await ask(socket, line);
  }
  return socket;
}

/** The sink's answers to these come in one piece. */
async function ask(socket: Socket, line: string): Promise<void> {
  socket.write(`${line}\r\n`);
  await once(socket, 'data');
}
