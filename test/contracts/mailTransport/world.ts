import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { ensureCertificates } from '../../../local/certificates.ts';
import type { SmtpExtension } from '../../../local/simulator/extensions.ts';
import type { StoredMail } from '../../../local/simulator/mailStore.ts';
import type {
  Credential,
  MailTransport,
  RecipientResult,
  Transaction,
  TransportFailure,
} from '../../../shared/ports.ts';
import {
  ACCOUNT,
  readJson,
  setFault,
  startTestSimulator,
  type TestSimulator,
} from '../../local/simulator/testSimulator.ts';
import {
  startScriptedSmtpServer,
  type ScriptedSmtpServer,
  type ScriptedSmtpServerOptions,
} from '../scriptedSmtpServer.ts';
import { mailOf } from './mailOf.ts';

/** What the suite asks of an implementation: the settings that any of them has. */
export interface MailTransportSettings {
  readonly host: string;
  readonly port: number;
  readonly ca: string | null;
  readonly ehloName: string;
  readonly connections: number;
  readonly timeouts: {
    readonly connectMs: number;
    readonly greetingMs: number;
    readonly replyMs: number;
    readonly dataMs: number;
    readonly transactionMs: number;
    readonly idleMs: number;
  };
}

export type MakeMailTransport = (settings: MailTransportSettings) => MailTransport;

/** What the servers offer after TLS, beside SIZE and AUTH. */
export type Extensions = readonly SmtpExtension[];

export const PASSWORD: Credential = { kind: 'password', password: ACCOUNT.password };
const DATE_MS = Date.parse('2026-11-24T08:00:00Z');
/** No step of a healthy transaction comes near it, even where the tests of the whole project run at once. */
export const PATIENT = {
  connectMs: 60_000,
  greetingMs: 60_000,
  replyMs: 60_000,
  dataMs: 60_000,
  transactionMs: 80_000,
  idleMs: 60_000,
};
/** For a server that says nothing. All that it says before must come in this time too, on a machine that is busy. */
export const IMPATIENT_MS = 3000;
export const IMPATIENT = {
  ...PATIENT,
  greetingMs: IMPATIENT_MS,
  replyMs: IMPATIENT_MS,
  dataMs: IMPATIENT_MS,
};

/** A mail as the composer hands it over: without Message-ID and Date. */
export function mailBytes(body: string, headers = ''): Uint8Array {
  return Buffer.from(`From: <${ACCOUNT.address}>\r\nSubject: contract\r\n${headers}\r\n${body}`);
}

export function makeTransaction(overrides: Partial<Transaction> = {}): Transaction {
  return {
    account: ACCOUNT.address,
    credential: PASSWORD,
    recipients: ['ann@contoso.com'],
    identity: { messageId: `<contract.${randomUUID()}@contoso.com>`, dateMs: DATE_MS },
    mail: mailOf(mailBytes('hello\r\n')),
    pointOfNoReturn: () => true,
    ...overrides,
  };
}

/** The servers that the tests of a suite send to, and the transport under test. */
export interface MailTransportWorld {
  /** The data of a mail that is not large goes by BDAT: there is no DATA, and no answer before the last byte. */
  readonly usesBdat: boolean;
  /** A transport to the simulator, closed after the test. */
  use(overrides?: Partial<MailTransportSettings>): MailTransport;
  /** A server that answers as it is told, stopped after the test. */
  script(answers?: ScriptedSmtpServerOptions['answers']): Promise<ScriptedSmtpServer>;
  /** A transport to that server. */
  useScripted(server: ScriptedSmtpServer, overrides?: Partial<MailTransportSettings>): MailTransport;
  /** The simulator's inbox, newest first. */
  inbox(): Promise<StoredMail[]>;
  /** The bytes of a mail in it. */
  raw(id: string): Promise<string>;
  fault(fault: Record<string, unknown>): Promise<void>;
  /** Of the simulator: not the one that signed the scripted servers' certificate. */
  simulatorCa(): string;
}

/** To be called in a `describe`: starts and stops everything around its tests. */
export function makeMailTransportWorld(make: MakeMailTransport, extensions: Extensions): MailTransportWorld {
  let simulator: TestSimulator;
  let certificatesDir = '';
  let tls: ScriptedSmtpServerOptions['tls'];
  let ca = '';
  const open: { transports: MailTransport[]; servers: ScriptedSmtpServer[] } = {
    transports: [],
    servers: [],
  };

  function use(overrides: Partial<MailTransportSettings> = {}): MailTransport {
    const transport = make({
      host: simulator.smtp.host,
      port: simulator.smtp.port,
      ca: simulator.ca,
      ehloName: 'tests.contoso.com',
      connections: 3,
      timeouts: PATIENT,
      ...overrides,
    });
    open.transports.push(transport);
    return transport;
  }

  async function script(answers: ScriptedSmtpServerOptions['answers'] = {}): Promise<ScriptedSmtpServer> {
    const server = await startScriptedSmtpServer({ tls, answers, extensions });
    open.servers.push(server);
    return server;
  }

  const useScripted = (
    server: ScriptedSmtpServer,
    overrides: Partial<MailTransportSettings> = {},
  ): MailTransport => use({ host: server.host, port: server.port, ca, ...overrides });

  const inbox = (): Promise<StoredMail[]> => readJson<StoredMail[]>(simulator, '/messages');
  const raw = async (id: string): Promise<string> => {
    const response = await fetch(`${simulator.inboxUrl}/messages/${id}.eml`);
    return Buffer.from(await response.arrayBuffer()).toString('latin1');
  };

  beforeAll(async () => {
    simulator = await startTestSimulator({
      extensions,
      oauth: (_account, token) => (token === 'good' ? 'ok' : '535 5.7.143 Expired token'),
    });
    certificatesDir = await mkdtemp(join(tmpdir(), 'mail-transport-'));
    ({ ca, ...tls } = await ensureCertificates(certificatesDir));
  });
  afterEach(async () => {
    await Promise.all(open.transports.splice(0).map((transport) => transport.close()));
    await Promise.all(open.servers.splice(0).map((server) => server.stop()));
    await fetch(`${simulator.inboxUrl}/faults`, { method: 'DELETE' });
    await fetch(`${simulator.inboxUrl}/messages`, { method: 'DELETE' });
  });
  afterAll(async () => {
    await simulator.end();
    await rm(certificatesDir, { recursive: true, force: true });
  });

  return {
    usesBdat: extensions.includes('CHUNKING'),
    use,
    script,
    useScripted,
    inbox,
    raw,
    fault: (fault) => setFault(simulator, fault),
    simulatorCa: () => simulator.ca,
  };
}

export function failureOf(result: RecipientResult | undefined): TransportFailure {
  if (result?.result !== 'notSent' && result?.result !== 'unknown') {
    throw new Error(`not a failure: ${JSON.stringify(result)}`);
  }
  return result.failure;
}
