import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ACCOUNT, type TestSimulator } from './testSimulator.ts';

/** An SMTP client that does only what it is told, and tells exactly what came back. */
export interface SmtpDialogue {
  /** Sends one line and resolves with the whole reply, its lines joined by \n. Rejects if the connection ends. */
  ask(line: string): Promise<string>;
  /** Sends without waiting. */
  tell(text: string): void;
  /** The next reply. */
  hear(): Promise<string>;
  /** What has come and was not heard yet. */
  unheard(): string;
  startTls(options?: ConnectionOptions): Promise<void>;
  /** Resolves once the server has closed. */
  closed: Promise<void>;
  end(): void;
}

export async function startDialogue(simulator: TestSimulator): Promise<SmtpDialogue> {
  let socket: Socket = connect(simulator.smtp.port, simulator.smtp.host);
  let received = '';
  let isClosed = false;
  const wakeUps = new Set<() => void>();
  const wake = (): void => {
    for (const wakeUp of wakeUps) wakeUp();
  };
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<void>();
  const listen = (): void => {
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      wake();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      isClosed = true;
      resolveClosed();
      wake();
    });
  };
  const hear = async (): Promise<string> => {
    for (;;) {
      const reply = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(received)?.[0];
      if (reply !== undefined) {
        received = received.slice(reply.length);
        return reply.trimEnd().replaceAll('\r\n', '\n');
      }
      if (isClosed) throw new Error(`The server closed the connection after "${received}"`);
      const { promise, resolve } = Promise.withResolvers<void>();
      wakeUps.add(resolve);
      await promise;
      wakeUps.delete(resolve);
    }
  };
  const dialogue: SmtpDialogue = {
    ask: (line) => {
      socket.write(`${line}\r\n`);
      return hear();
    },
    tell: (text) => void socket.write(text),
    hear,
    unheard: () => received,
    startTls: async (options = {}) => {
      await dialogue.ask('STARTTLS');
      socket.removeAllListeners('data').removeAllListeners('close');
      socket = connectTls({ socket, ca: simulator.ca, host: simulator.smtp.host, ...options });
      await once(socket, 'secureConnect');
      listen();
    },
    closed,
    end: () => void socket.destroy(),
  };
  listen();
  await once(socket, 'connect');
  return dialogue;
}

/** Up to the point where MAIL may be said. */
export async function startLoggedIn(simulator: TestSimulator, account = ACCOUNT): Promise<SmtpDialogue> {
  const dialogue = await startSecure(simulator);
  const reply = await logIn(dialogue, account.address, account.password);
  if (!reply.startsWith('235 ')) throw new Error(`The login was refused: ${reply}`);
  return dialogue;
}

export async function startSecure(simulator: TestSimulator): Promise<SmtpDialogue> {
  const dialogue = await startDialogue(simulator);
  await dialogue.hear();
  await dialogue.ask('EHLO client.contoso.com');
  await dialogue.startTls();
  await dialogue.ask('EHLO client.contoso.com');
  return dialogue;
}

export async function logIn(dialogue: SmtpDialogue, user: string, password: string): Promise<string> {
  await dialogue.ask('AUTH LOGIN');
  await dialogue.ask(base64(user));
  return dialogue.ask(base64(password));
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function mailText(header: Record<string, string> = {}, body = 'Hello'): string {
  const lines = { From: ACCOUNT.address, To: 'ann@contoso.com', Subject: 'Test', ...header };
  return `${Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}\r\n`;
}

/** One whole transaction; resolves with the reply to the end of the data, or the first that refused. */
export async function transact(
  dialogue: SmtpDialogue,
  mail = mailText(),
  to = ['ann@contoso.com'],
  from = ACCOUNT.address,
): Promise<string> {
  const commands = [`MAIL FROM:<${from}>`, ...to.map((address) => `RCPT TO:<${address}>`), 'DATA'];
  for (const command of commands) {
    const reply = await dialogue.ask(command);
    if (!/^[23]/.test(reply)) return reply;
  }
  return dialogue.ask(`${mail}.`);
}
