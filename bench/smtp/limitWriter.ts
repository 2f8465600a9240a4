/**
 * The limit: the same bytes on the same connections without any work, composing included. It knows beforehand what it writes
 * and how many lines the sink answers, looks at none of them, and can recover from nothing.
 */
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { makeContents } from './benchMail.ts';
import { ACCOUNT, PASSWORD, type Contender, type Target } from './contender.ts';
import { composeWhole } from './transports.ts';

const LINE_FEED = 10;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function limitWriter(window: number | null): Contender {
  return {
    name: window === null ? 'limit, PIPELINING' : `limit, BDAT ${window}`,
    extensions: window === null ? ['PIPELINING'] : ['PIPELINING', 'CHUNKING'],
    async start(target) {
      const content = makeContents(target.recipients, target.bytes)(0);
      const recipients = content.message.to.map(({ address }) => address);
      const script = scriptOf(recipients, await composeWhole(content), window);
      const sockets = await Promise.all(Array.from({ length: target.connections }, () => logIn(target)));
      return {
        run: async (isOver, onSent) => {
          await Promise.all(sockets.map((socket) => writeOn(socket, script, isOver, onSent)));
        },
        close: async () => sockets.forEach((socket) => socket.destroy()),
      };
    },
  };
}

interface Script {
  /** What goes out at the beginning, and how many lines answer it. */
  readonly first: readonly Buffer[];
  readonly firstLines: number;
  /** What goes out for each mail that is taken. */
  readonly flight: Buffer;
  readonly flightLines: number;
}

/** With BDAT a flight is a transaction, `window` of them at once; with DATA the data of one and the envelope of the next. */
function scriptOf(recipients: readonly string[], mail: Buffer, window: number | null): Script {
  const commands = [
    'RSET',
    `MAIL FROM:<${ACCOUNT}>`,
    ...recipients.map((recipient) => `RCPT TO:<${recipient}>`),
    ...(window === null ? ['DATA'] : []),
  ];
  const envelope = Buffer.from(commands.map((line) => `${line}\r\n`).join(''));
  const flightLines = commands.length + 1;
  if (window === null) {
    const flight = Buffer.concat([mail, Buffer.from('.\r\n'), envelope]);
    return { first: [envelope], firstLines: commands.length, flight, flightLines };
  }
  const flight = Buffer.concat([envelope, Buffer.from(`BDAT ${mail.length} LAST\r\n`), mail]);
  return { first: Array<Buffer>(window).fill(flight), firstLines: flightLines, flight, flightLines };
}

function writeOn(
  socket: Socket,
  { first, firstLines, flight, flightLines }: Script,
  isOver: () => boolean,
  onSent: () => void,
): Promise<void> {
  let lines = 0;
  /** Before the first data there are only the answers to its envelope. */
  let expected = firstLines;
  return new Promise((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
        lines += 1;
        if (lines < expected) continue;
        lines = 0;
        if (expected === flightLines) onSent();
        expected = flightLines;
        if (isOver()) resolve();
        else socket.write(flight);
      }
    });
    for (const bytes of first) socket.write(bytes);
  });
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
