import { once } from 'node:events';
import type net from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { HveConnection } from './hveConnection.ts';
import type { HveRules } from './hveRules.ts';

/** Exchange lets a client idle for some minutes (RFC 5321 section 4.5.3.2.7: at least five). */
const IDLE_TIMEOUT_MS = 5 * 60_000;
/** At stop nobody waits for clients: their sockets are destroyed, this is only for those just being accepted. */
const CLOSE_TIMEOUT_MS = 500;

/** A client that dies in the middle of a mail is nothing to report: chaos runs kill them by the dozen. */
const CLIENT_LEFT = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'SocketError']);

export interface SmtpServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly rules: HveRules;
  /** By what the idle timeout is divided. */
  readonly timeScale: number;
  readonly warn: (message: string) => void;
}

export interface RunningSmtpServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** smtp-server with connections of our own kind; its handlers only lead back to the connection that they concern. */
class HveServer extends SMTPServer {
  private readonly rules: HveRules;

  constructor(rules: HveRules, options: SMTPServerOptions) {
    super(options);
    this.rules = rules;
    this.onAuth = (auth, session, callback) => this.connectionOf(session.id).authenticate(auth, callback);
    this.onData = (stream, session, callback) => this.connectionOf(session.id).receive(stream, callback);
  }

  override connect(socket: net.Socket, options?: SMTPConnectionOptions | null): void {
    const connection = new HveConnection(this.rules, this, socket, options);
    this.connections.add(connection);
    connection.on('error', (error: Error) => this.emit('error', error));
    connection.init();
  }

  private connectionOf(id: string): HveConnection {
    for (const connection of this.connections) {
      if (connection.id === id && connection instanceof HveConnection) return connection;
    }
    throw new Error(`No connection ${id}: it was closed while its command was carried out.`);
  }

  destroyConnections(): void {
    for (const connection of this.connections) {
      if (connection instanceof HveConnection) connection.cut();
    }
  }
}

export async function startSmtpServer(options: SmtpServerOptions): Promise<RunningSmtpServer> {
  const { rules, timeScale } = options;
  const server = new HveServer(rules, {
    ...options.tls,
    minVersion: 'TLSv1.2',
    name: rules.hostname,
    banner: 'HVE simulator ready',
    authMethods: ['LOGIN', 'XOAUTH2'],
    // The connection asks for the login itself, to word the refusal as Exchange does.
    authOptional: true,
    disabledCommands: [
      'WIZ',
      'SHELL',
      'KILL',
      'XCLIENT',
      'XFORWARD',
      ...(rules.extensions.includes('CHUNKING') ? [] : ['BDAT']),
    ],
    hideDSN: false,
    ...(rules.maxBytes === null ? {} : { size: rules.maxBytes }),
    ...(rules.maxRecipients === null ? {} : { maxRecipients: rules.maxRecipients }),
    disableReverseLookup: true,
    socketTimeout: IDLE_TIMEOUT_MS / timeScale,
    closeTimeout: CLOSE_TIMEOUT_MS,
    logger: false,
  });
  // A failed handshake is told twice by the library, with the same error.
  const told = new WeakSet<Error>();
  server.on('error', (error: Error & { code?: string | undefined }) => {
    if (!listener.listening || told.has(error) || (error.code !== undefined && CLIENT_LEFT.has(error.code)))
      return;
    told.add(error);
    options.warn(`An SMTP client's connection failed (does it trust the local CA?): ${error.message.trim()}`);
  });
  const listener = server.listen(options.port, options.host);
  await once(listener, 'listening');
  return {
    port: portOf(listener),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.destroyConnections();
      }),
  };
}

function portOf(listener: net.Server): number {
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The SMTP server has no TCP address.');
  return address.port;
}
