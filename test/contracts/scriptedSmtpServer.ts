import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * The place of an answer: `greeting`, a command's first word, or one of the two parts of a login and of the data. BDAT is for
 * mails of one chunk, the octets of which are its END-OF-DATA.
 */
type Place =
  | 'greeting'
  | 'EHLO'
  | 'EHLO-SECURE'
  | 'STARTTLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'MID-DATA'
  | 'END-OF-DATA'
  | 'RSET'
  | 'QUIT';

/** Reply lines (without their CRLF), or `drop` or `stall` instead. */
type Answer = string;

export interface ScriptedSmtpServerOptions {
  readonly tls: { readonly key: string; readonly cert: string };
  /** What it offers after TLS, beside SIZE and AUTH (only PIPELINING). */
  readonly extensions?: readonly string[];
  /** Takes the place of the default answer. A function gets the command and says null for the default. */
  readonly answers?: Partial<Record<Place, Answer | ((line: string) => Answer | null)>>;
}

export interface ScriptedSmtpServer {
  readonly host: string;
  readonly port: number;
  /** Connections open now, and the most that were open at once. */
  connections(): { readonly open: number; readonly most: number; readonly total: number };
  /** Every command, those of before STARTTLS with `clear: `. */
  readonly commands: readonly string[];
  /** What came after DATA (its dots unstuffed) or by BDAT, of those messages only whose end came. */
  readonly messages: readonly string[];
  /** Says a reply on every connection, whether something was asked or not. */
  say(reply: string): void;
  /** Works on, but keeps its replies back until `release()`. */
  hold(): void;
  release(): void;
  /** Cuts every connection. */
  cut(): void;
  stop(): Promise<void>;
}

const DEFAULTS: Record<Place, string> = {
  greeting: '220 scripted ESMTP',
  EHLO: '250-scripted\r\n250 STARTTLS',
  'EHLO-SECURE': '',
  STARTTLS: '220 2.0.0 go',
  AUTH: '235 2.7.0 hello',
  MAIL: '250 2.1.0 sender ok',
  RCPT: '250 2.1.5 recipient ok',
  DATA: '354 go on',
  'MID-DATA': '',
  'END-OF-DATA': '250 2.0.0 taken',
  RSET: '250 2.0.0 reset',
  QUIT: '221 2.0.0 bye',
};

/** An SMTP server that says what it is told to, for what no sensible server would do. */
export async function startScriptedSmtpServer(
  options: ScriptedSmtpServerOptions,
): Promise<ScriptedSmtpServer> {
  const { extensions = ['PIPELINING'] } = options;
  const offers = ['scripted', 'SIZE 10000000', ...extensions].map((line) => `250-${line}\r\n`).join('');
  const defaults = { ...DEFAULTS, 'EHLO-SECURE': `${offers}250 AUTH LOGIN XOAUTH2` };
  const commands: string[] = [];
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let held: (() => void)[] | null = null;
  const speakers = new Map<Socket, (text: string) => void>();
  let most = 0;
  let total = 0;

  const server = createServer((plain) => {
    sockets.add(plain);
    total += 1;
    most = Math.max(most, sockets.size);
    plain.on('close', () => {
      sockets.delete(plain);
      speakers.delete(plain);
    });
    // Its replies go out one by one: each would wait 40 ms for the client's delayed acknowledgement of the one before.
    plain.setNoDelay(true);
    let socket: Socket = plain;
    const write = (text: string): void => {
      if (held === null) socket.write(text);
      else held.push(() => socket.write(text));
    };
    speakers.set(plain, (text) => socket.write(text));
    let secure = false;
    let inData = false;
    /** Of a BDAT whose octets are not all here. */
    let chunkBytes: number | null = null;
    /** Of this transaction; null: none is open, or its data was refused. */
    let accepted: number | null = null;
    /** After a drop or a stall nothing more is heard. */
    let isDeaf = false;
    let buffered = '';
    /** Lines still to come in a login. */
    let loginLines = 0;

    const isListening = (): boolean => !isDeaf;
    const say = (place: Place, line = ''): boolean => {
      const scripted = options.answers?.[place];
      const answer = (typeof scripted === 'function' ? scripted(line) : scripted) ?? defaults[place];
      // Ended rather than destroyed: what was said before must still arrive.
      if (answer === 'drop') socket.end();
      else if (answer !== 'stall' && answer !== '') write(`${answer}\r\n`);
      if (answer === 'stall') socket.pause();
      isDeaf ||= answer === 'drop' || answer === 'stall';
      return answer !== 'stall' && answer !== 'drop' && /^[23]/.test(answer);
    };
    const hear = (line: string): void => {
      commands.push(secure ? line : `clear: ${line}`);
      if (loginLines > 0) {
        loginLines -= 1;
        if (loginLines === 0) say('AUTH', line);
        else write('334 UGFzc3dvcmQ6\r\n');
        return;
      }
      const verb = line.split(/[ :]/)[0]?.toUpperCase() ?? '';
      switch (verb) {
        case 'EHLO':
          say(secure ? 'EHLO-SECURE' : 'EHLO', line);
          return;
        case 'STARTTLS':
          if (say('STARTTLS', line)) upgrade();
          return;
        case 'AUTH':
          if (line === 'AUTH LOGIN') {
            loginLines = 2;
            write('334 VXNlcm5hbWU6\r\n');
          } else say('AUTH', line);
          return;
        case 'DATA':
          inData = say('DATA', line);
          return;
        case 'QUIT':
          say('QUIT', line);
          socket.end();
          return;
        case 'BDAT':
          chunkBytes = Number(line.split(' ')[1]);
          return;
        case 'MAIL':
          accepted = say(verb, line) ? 0 : null;
          return;
        case 'RCPT':
          if (say(verb, line) && accepted !== null) accepted += 1;
          return;
        case 'RSET':
          accepted = null;
          say(verb, line);
          return;
        default:
          write('500 5.5.1 what\r\n');
      }
    };
    const endChunk = (octets: string): void => {
      if (accepted === null || accepted === 0) {
        write('503 5.5.1 nobody to give it to\r\n');
        return;
      }
      messages.push(octets);
      accepted = null;
      say('END-OF-DATA');
    };
    const read = (bytes: Buffer): void => {
      buffered += bytes.toString('latin1');
      while (isListening()) {
        if (chunkBytes !== null) {
          if (buffered.length < chunkBytes) return;
          const octets = buffered.slice(0, chunkBytes);
          buffered = buffered.slice(chunkBytes);
          chunkBytes = null;
          endChunk(octets);
          continue;
        }
        if (inData) {
          const end = buffered.startsWith('.\r\n') ? -2 : buffered.indexOf('\r\n.\r\n');
          if (end === -1) {
            say('MID-DATA', buffered);
            return;
          }
          messages.push(buffered.slice(0, end + 2).replace(/(^|\r\n)\.(?=.)/g, '$1'));
          buffered = buffered.slice(end + 5);
          inData = false;
          say('END-OF-DATA');
        }
        const newline = buffered.indexOf('\r\n');
        if (newline === -1) return;
        const line = buffered.slice(0, newline);
        buffered = buffered.slice(newline + 2);
        hear(line);
      }
    };
    const upgrade = (): void => {
      plain.removeAllListeners('data');
      secure = true;
      buffered = '';
      socket = new TLSSocket(plain, { isServer: true, ...options.tls });
      listen();
    };
    const listen = (): void => {
      socket.on('data', read);
      // A client that goes in the middle of something is what many of the tests are about.
      socket.on('error', () => plain.destroy());
    };
    listen();
    say('greeting');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    host: '127.0.0.1',
    port,
    connections: () => ({ open: sockets.size, most, total }),
    commands,
    messages,
    hold: () => {
      held = [];
    },
    release: () => {
      for (const write of held ?? []) write();
      held = null;
    },
    say: (reply) => speakers.forEach((speak) => speak(`${reply}\r\n`)),
    cut,
    stop: async () => {
      cut();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
