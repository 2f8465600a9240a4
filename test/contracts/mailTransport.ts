import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StoredMail } from '../../local/simulator/mailStore.ts';
import { ensureCertificates } from '../../local/certificates.ts';
import type { SmtpStage } from '../../shared/core/reply.ts';
import type {
  Credential,
  MailTransport,
  RecipientResult,
  Transaction,
  TransportFailure,
} from '../../shared/ports.ts';
import {
  ACCOUNT,
  readJson,
  setFault,
  startTestSimulator,
  type TestSimulator,
} from '../local/simulator/testSimulator.ts';
import {
  startScriptedSmtpServer,
  type ScriptedSmtpServer,
  type ScriptedSmtpServerOptions,
} from './scriptedSmtpServer.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

const PASSWORD: Credential = { kind: 'password', password: ACCOUNT.password };
const DATE_MS = Date.parse('2026-11-24T08:00:00Z');
/** No step of a healthy transaction comes near it, even where the tests of the whole project run at once. */
const PATIENT = {
  connectMs: 10_000,
  greetingMs: 10_000,
  replyMs: 10_000,
  dataMs: 10_000,
  transactionMs: 20_000,
  idleMs: 10_000,
};
/** For a server that says nothing. */
const IMPATIENT = { ...PATIENT, greetingMs: 700, replyMs: 700, dataMs: 700 };

/** A mail as the composer hands it over: without Message-ID and Date. */
function mailBytes(body: string, headers = ''): Uint8Array {
  return Buffer.from(`From: <${ACCOUNT.address}>\r\nSubject: contract\r\n${headers}\r\n${body}`);
}

let lastMail = 0;
function makeTransaction(overrides: Partial<Transaction> = {}): Transaction {
  lastMail += 1;
  return {
    account: ACCOUNT.address,
    credential: PASSWORD,
    recipients: ['ann@contoso.com'],
    identity: { messageId: `<contract.${lastMail}@contoso.com>`, dateMs: DATE_MS },
    mail: { bytes: mailBytes('hello\r\n') },
    pointOfNoReturn: () => true,
    ...overrides,
  };
}

/** The contract of the port MailTransport, for any implementation of it. */
export function describeMailTransport(title: string, make: MakeMailTransport): void {
  describe(`MailTransport: ${title}`, () => {
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
      const server = await startScriptedSmtpServer({ tls, answers });
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

    describe('what the server takes', () => {
      test('one recipient is accepted, with the reply to the data', async () => {
        const { recipients } = await use().send(makeTransaction());
        expect(recipients).toEqual([
          {
            result: 'accepted',
            reply: { code: 250, enhanced: '2.0.0', text: expect.stringMatching(/^250 2\.0\.0 OK <.+>/) },
          },
        ]);
        expect(await inbox()).toMatchObject([{ account: ACCOUNT.address, to: ['ann@contoso.com'] }]);
      });

      test('the bytes arrive unchanged, after the Message-ID and Date exactly as given', async () => {
        const body = '.\r\n..\r\n.leading dot\r\nends with a dot.\r\n.\r\n\r\nlast line\r\n';
        const bytes = mailBytes(body);
        await use().send(makeTransaction({ mail: { bytes } }));
        const [mail] = await inbox();
        const identity = `Message-ID: ${mail!.messageId}\r\nDate: Tue, 24 Nov 2026 08:00:00 +0000\r\n`;
        expect(await raw(mail!.id)).toBe(identity + Buffer.from(bytes).toString('latin1'));
        expect(mail!.messageId).toBe(`<contract.${lastMail}@contoso.com>`);
        expect(mail!.sizeBytes).toBe(identity.length + bytes.length);
      });

      test('the same identity again is an exact repeat', async () => {
        const transport = use();
        const transaction = makeTransaction();
        await transport.send(transaction);
        await transport.send(transaction);
        const [repeat, first] = await inbox();
        expect(repeat!.repeatOf).toBe(first!.id);
      });

      test('a mail of some megabytes arrives whole', async () => {
        const line = `${'0123456789'.repeat(7)}\r\n`;
        const bytes = mailBytes(line.repeat(60_000));
        const { recipients } = await use().send(makeTransaction({ mail: { bytes } }));
        expect(recipients).toMatchObject([{ result: 'accepted' }]);
        const [mail] = await inbox();
        expect(await raw(mail!.id)).toMatch(new RegExp(`${line}$`));
        expect(mail!.sizeBytes).toBeGreaterThan(bytes.length);
      });

      test('a server without PIPELINING gets one command at a time', async () => {
        const server = await script({ 'EHLO-SECURE': '250-scripted\r\n250 AUTH LOGIN' });
        const recipients = ['ann@contoso.com', 'bob@contoso.com'];
        const { recipients: results } = await useScripted(server).send(makeTransaction({ recipients }));
        expect(results).toMatchObject([{ result: 'accepted' }, { result: 'accepted' }]);
        expect(server.messages).toHaveLength(1);
      });

      test('24 at once go over the 3 connections that are allowed, and the connections serve again', async () => {
        const server = await script();
        const transport = useScripted(server);
        const all = await Promise.all(Array.from({ length: 24 }, () => transport.send(makeTransaction())));
        expect(all.flatMap(({ recipients }) => recipients.map(({ result }) => result))).toEqual(
          Array.from({ length: 24 }, () => 'accepted'),
        );
        expect(server.messages).toHaveLength(24);
        expect(server.connections()).toMatchObject({ most: 3, total: 3 });
      });

      test('setConnections lowers and raises how many are open at once', async () => {
        const server = await script();
        const transport = useScripted(server, { connections: 1 });
        const sendTen = () =>
          Promise.all(Array.from({ length: 10 }, () => transport.send(makeTransaction())));
        await sendTen();
        expect(server.connections().most).toBe(1);
        transport.setConnections(ACCOUNT.address, 4);
        await sendTen();
        expect(server.connections().most).toBe(4);
        transport.setConnections(ACCOUNT.address, 1);
        await expect.poll(() => server.connections().open).toBe(1);
        transport.setConnections(ACCOUNT.address, 0);
        await sendTen();
        expect(server.connections().open).toBe(1);
      });
    });

    describe('what the server refuses', () => {
      const notFound = '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found';

      test('each recipient has its own result', async () => {
        await setFault(simulator, { stage: 'rcpt', reply: notFound, address: 'bob@contoso.com' });
        const recipients = ['ann@contoso.com', 'bob@contoso.com', 'eve@example.org', 'dan@contoso.com'];
        const { recipients: results } = await use().send(makeTransaction({ recipients }));
        expect(results).toMatchObject([
          { result: 'accepted' },
          { result: 'refused', stage: 'rcpt', reply: { code: 550, enhanced: '5.1.10', text: notFound } },
          { result: 'refused', stage: 'rcpt', reply: { enhanced: '5.5.105' } },
          { result: 'accepted' },
        ]);
        expect(await inbox()).toMatchObject([{ to: ['ann@contoso.com', 'dan@contoso.com'] }]);
      });

      test.for([true, false])(
        'all recipients refused: each with its reply (pipelining: %s)',
        async (pipelining) => {
          const extensions = pipelining ? '250-PIPELINING\r\n' : '';
          const server = await script({
            'EHLO-SECURE': `250-scripted\r\n${extensions}250 AUTH LOGIN`,
            RCPT: (line) =>
              line.includes('ann') ? '550-5.1.10 nobody\r\n550 5.1.10 here' : '452 4.5.3 too many',
            DATA: '503 5.5.1 need RCPT',
          });
          const transport = useScripted(server, { connections: 1 });
          const recipients = ['ann@contoso.com', 'bob@contoso.com'];
          const { recipients: results } = await transport.send(makeTransaction({ recipients }));
          expect(results).toEqual([
            {
              result: 'refused',
              stage: 'rcpt',
              reply: { code: 550, enhanced: '5.1.10', text: '550 5.1.10 nobody here' },
            },
            {
              result: 'refused',
              stage: 'rcpt',
              reply: { code: 452, enhanced: '4.5.3', text: '452 4.5.3 too many' },
            },
          ]);
          expect(server.messages).toEqual([]);
        },
      );

      test.for([
        ['mail', '550 5.7.60 SMTP; Client does not have permissions to send as this sender'],
        ['data', '451 4.7.0 Temporary server error. Please try again later. PRX2'],
        ['end-of-data', '552 5.3.4 Message size exceeds fixed maximum message size'],
      ] as const)(
        'a refusal at %s is every recipient’s, and the connection serves on',
        async ([stage, reply]) => {
          await setFault(simulator, { stage, reply, count: 1 });
          const transport = use({ connections: 1 });
          const recipients = ['ann@contoso.com', 'bob@contoso.com'];
          const { recipients: results } = await transport.send(makeTransaction({ recipients }));
          expect(results).toMatchObject(
            recipients.map(() => ({ result: 'refused', stage, reply: { text: reply } })),
          );
          expect(await inbox()).toEqual([]);
          const next = await transport.send(makeTransaction());
          expect(next.recipients).toMatchObject([{ result: 'accepted' }]);
        },
      );

      test('a refusal at the end of the data leaves those refused before it with their own', async () => {
        await setFault(simulator, { stage: 'end-of-data', reply: '554 5.2.0 no' });
        const recipients = ['ann@contoso.com', 'eve@example.org'];
        const { recipients: results } = await use().send(makeTransaction({ recipients }));
        expect(results).toMatchObject([
          { result: 'refused', stage: 'end-of-data', reply: { enhanced: '5.2.0' } },
          { result: 'refused', stage: 'rcpt', reply: { enhanced: '5.5.105' } },
        ]);
      });

      test('a refusal in the middle of the data is a refusal at data, and nothing is delivered', async () => {
        const server = await script({
          'MID-DATA': (data) => (data.length > 300_000 ? '552 5.3.4 too large' : ''),
        });
        const bytes = mailBytes('x'.repeat(70).concat('\r\n').repeat(200_000));
        const { recipients } = await useScripted(server).send(makeTransaction({ mail: { bytes } }));
        expect(recipients).toMatchObject([{ result: 'refused', stage: 'data', reply: { code: 552 } }]);
        expect(server.messages).toEqual([]);
      });

      test.for([
        ['mail', 'refused'],
        ['data', 'refused'],
        ['end-of-data', 'refused'],
      ] as const)(
        'a 421 at %s is a reply with its stage; the next send has a new connection',
        async ([stage, result]) => {
          const reply = '421 4.4.2 Message submission rate for this client has exceeded the configured limit';
          await setFault(simulator, { stage, reply, count: 1 });
          const transport = use({ connections: 1 });
          const { recipients } = await transport.send(makeTransaction());
          expect(recipients).toMatchObject([{ result, stage, reply: { code: 421, text: reply } }]);
          expect((await transport.send(makeTransaction())).recipients).toMatchObject([
            { result: 'accepted' },
          ]);
        },
      );

      test('a 421 at a recipient: that one is refused by it, the others were not sent because of it', async () => {
        await setFault(simulator, { stage: 'rcpt', reply: '421 4.3.2 closing', address: 'bob@contoso.com' });
        const recipients = ['ann@contoso.com', 'bob@contoso.com', 'dan@contoso.com'];
        const { recipients: results } = await use().send(makeTransaction({ recipients }));
        const notSent = {
          result: 'notSent',
          failure: { stage: 'rcpt', reply: { code: 421, enhanced: '4.3.2' }, givenUp: false },
        };
        expect(results).toMatchObject([
          notSent,
          { result: 'refused', stage: 'rcpt', reply: { code: 421 } },
          notSent,
        ]);
        expect(await inbox()).toEqual([]);
      });
    });

    describe('whatever fails before MAIL', () => {
      test.for([
        ['password', { kind: 'password', password: 'wrong-secret' }, '5.7.139'],
        ['XOAUTH2', { kind: 'oauth', accessToken: 'stale-secret' }, '5.7.143'],
      ] as const)(
        'a refused %s fails at auth with the reply, and names no secret',
        async ([, credential, enhanced]) => {
          const transport = use();
          const { recipients } = await transport.send(makeTransaction({ credential }));
          expect(recipients).toMatchObject([
            { result: 'notSent', failure: { stage: 'auth', reply: { code: 535, enhanced }, givenUp: false } },
          ]);
          const words = JSON.stringify([recipients, await transport.verify(ACCOUNT.address, credential)]);
          for (const form of ['utf8', 'base64'] as const) {
            expect(words).not.toContain(Buffer.from('secret').toString(form).slice(0, 6));
          }
          expect(await inbox()).toEqual([]);
        },
      );

      test('a token that is good logs in by XOAUTH2', async () => {
        const credential: Credential = { kind: 'oauth', accessToken: 'good' };
        expect(await use().verify(ACCOUNT.address, credential)).toBeNull();
        const { recipients } = await use().send(makeTransaction({ credential }));
        expect(recipients).toMatchObject([{ result: 'accepted' }]);
      });

      test('a challenge before the refusal of a token is answered, and the refusal is what is reported', async () => {
        const server = await script({
          AUTH: (line) => (line === '' ? null : '334 eyJzdGF0dXMiOiI0MDAifQ=='),
        });
        const answering = await script({ AUTH: '334 eyJzdGF0dXMiOiI0MDAifQ==' });
        const credential: Credential = { kind: 'oauth', accessToken: 'x' };
        const failure = await useScripted(server).verify(ACCOUNT.address, credential);
        // The script takes the empty answer for a command that it does not know.
        expect(failure).toMatchObject({ stage: 'auth', reply: { code: 500, enhanced: '5.5.1' } });
        expect(await useScripted(answering).verify(ACCOUNT.address, credential)).toMatchObject({
          stage: 'auth',
        });
      });

      test('a password goes by AUTH LOGIN only, never PLAIN', async () => {
        const both = await script({ 'EHLO-SECURE': '250-scripted\r\n250 AUTH PLAIN LOGIN XOAUTH2 CRAM-MD5' });
        expect(await useScripted(both).verify(ACCOUNT.address, PASSWORD)).toBeNull();
        expect(both.commands.filter((line) => line.startsWith('AUTH'))).toEqual(['AUTH LOGIN']);
      });

      test.for([
        [PASSWORD, 'PLAIN XOAUTH2', 'LOGIN'],
        [{ kind: 'oauth', accessToken: 'good' }, 'LOGIN', 'XOAUTH2'],
        [PASSWORD, '', 'LOGIN'],
      ] as const)(
        'a login that is not offered is not tried: %o of %s',
        async ([credential, offered, missing]) => {
          const capability = offered === '' ? 'HELP' : `AUTH ${offered}`;
          const server = await script({ 'EHLO-SECURE': `250-scripted\r\n250 ${capability}` });
          const failure = await useScripted(server).verify(ACCOUNT.address, credential);
          expect(failure).toMatchObject({ stage: 'auth', reply: null });
          expect(failure!.error).toContain(`does not offer AUTH ${missing}`);
          expect(server.commands.join()).not.toContain('AUTH');
        },
      );

      test.for([
        ['does not offer STARTTLS', { EHLO: '250 scripted', STARTTLS: '502 5.5.1 Command not implemented' }],
        ['offers no TLS but a login', { EHLO: '250-scripted\r\n250 AUTH LOGIN', STARTTLS: '500 5.5.1 what' }],
        ['refuses STARTTLS', { STARTTLS: '454 4.7.0 TLS not available' }],
      ] as const)('nothing is sent in clear to a server that %s', async ([, answers]) => {
        const server = await script(answers);
        const { recipients } = await useScripted(server).send(makeTransaction());
        const code = Number(answers.STARTTLS.slice(0, 3));
        expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'tls', reply: { code } } }]);
        expect(server.commands.every((line) => /^clear: (EHLO|STARTTLS|QUIT)/.test(line))).toBe(true);
      });

      test('replies smuggled in before TLS count for nothing', async () => {
        const server = await script({
          STARTTLS: '220 go\r\n250-injected\r\n250 AUTH PLAIN',
        });
        expect(await useScripted(server).verify(ACCOUNT.address, PASSWORD)).toBeNull();
        expect(server.commands).toContain('AUTH LOGIN');
      });

      test.for([
        ['a CA that we do not know', () => ({ ca: null })],
        ['another CA', () => ({ ca: simulator.ca })],
      ] as const)('a certificate of %s is refused', async ([, settings]) => {
        const server = await script();
        const failure = await useScripted(server, settings()).verify(ACCOUNT.address, PASSWORD);
        expect(failure).toMatchObject({ stage: 'tls', reply: null });
        expect(failure!.error).toMatch(/certificate/);
        expect(server.commands.every((line) => line.startsWith('clear: '))).toBe(true);
      });

      test('a name that does not resolve fails at dns, and says so', async () => {
        const { recipients } = await use({ host: 'no-such-host.invalid' }).send(makeTransaction());
        expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'dns', reply: null } }]);
        expect(failureOf(recipients[0]).error).toContain('no-such-host.invalid');
      });

      test('a port where nobody listens fails at connect, and says where', async () => {
        const server = await script();
        await server.stop();
        open.servers.splice(0);
        const { recipients } = await useScripted(server).send(makeTransaction());
        expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'connect', reply: null } }]);
        expect(failureOf(recipients[0]).error).toContain(`ECONNREFUSED 127.0.0.1:${server.port}`);
      });

      test.for([
        ['greeting', 'connect', '421 4.3.2 Service not available'],
        ['greeting', 'connect', '554 5.7.1 not you'],
        ['EHLO', 'ehlo', '501 5.5.4 Invalid domain name'],
        ['EHLO-SECURE', 'ehlo', '421 4.3.2 Service not available'],
        ['AUTH', 'auth', '454 4.7.0 Temporary authentication failure'],
        ['AUTH', 'auth', '421 4.3.2 Service not available'],
      ] as const)('a refusal at %s is a failure at %s with the reply %s', async ([place, stage, reply]) => {
        const server = await script({ [place]: reply });
        const { recipients } = await useScripted(server).send(makeTransaction());
        expect(recipients).toMatchObject([
          { result: 'notSent', failure: { stage, reply: { code: Number(reply.slice(0, 3)), text: reply } } },
        ]);
      });
    });

    describe('a connection that dies, and a server that says nothing', () => {
      const places = [
        ['greeting', 'connect', 'notSent'],
        ['EHLO', 'ehlo', 'notSent'],
        ['STARTTLS', 'tls', 'notSent'],
        ['EHLO-SECURE', 'ehlo', 'notSent'],
        ['AUTH', 'auth', 'notSent'],
        ['MAIL', 'mail', 'notSent'],
        ['RCPT', 'rcpt', 'notSent'],
        ['DATA', 'data', 'notSent'],
        ['END-OF-DATA', 'end-of-data', 'unknown'],
      ] as const satisfies readonly (readonly [string, SmtpStage, string])[];

      test.for(places)('dropped at %s: stage %s, %s', async ([place, stage, result]) => {
        const server = await script({ [place]: 'drop' });
        const recipients = ['ann@contoso.com', 'bob@contoso.com'];
        const { recipients: results } = await useScripted(server).send(makeTransaction({ recipients }));
        expect(results).toMatchObject(
          recipients.map(() => ({ result, failure: { stage, reply: null, givenUp: false } })),
        );
        expect(server.messages).toHaveLength(result === 'unknown' ? 1 : 0);
      });

      test('stalled at any stage: the step’s own time ends it, and the words say what was waited for', async () => {
        const stalls = places.map(async ([place, stage, result]) => {
          const server = await script({ [place]: 'stall' });
          const { recipients } = await useScripted(server, { timeouts: IMPATIENT }).send(makeTransaction());
          expect(recipients).toMatchObject([{ result, failure: { stage, reply: null } }]);
          expect(failureOf(recipients[0]).error).toMatch(/^no .+ within 0\.7 s$/);
          await expect.poll(() => server.connections().open).toBe(0);
        });
        await Promise.all(stalls);
      });

      test('one recipient refused before the connection dies keeps its refusal', async () => {
        const server = await script({
          RCPT: (line) => (line.includes('ann') ? '550 5.1.10 nobody' : line.includes('bob') ? 'drop' : null),
        });
        const recipients = ['ann@contoso.com', 'bob@contoso.com'];
        const { recipients: results } = await useScripted(server).send(makeTransaction({ recipients }));
        expect(results).toMatchObject([
          { result: 'refused', stage: 'rcpt', reply: { enhanced: '5.1.10' } },
          { result: 'notSent', failure: { stage: 'rcpt' } },
        ]);
      });

      test('lost after the server took it: unknown, although it is in the inbox', async () => {
        await setFault(simulator, { stage: 'end-of-data', reply: 'drop', count: 1 });
        const transport = use();
        const transaction = makeTransaction();
        expect((await transport.send(transaction)).recipients).toMatchObject([
          { result: 'unknown', failure: { stage: 'end-of-data' } },
        ]);
        expect(await inbox()).toHaveLength(1);
        // What the flow does then: the same identity again.
        expect((await transport.send(transaction)).recipients).toMatchObject([{ result: 'accepted' }]);
        expect((await inbox())[0]!.repeatOf).not.toBeNull();
      });

      test('dropped in the middle of the data: not sent', async () => {
        const server = await script({ 'MID-DATA': (data) => (data.length > 300_000 ? 'drop' : '') });
        const bytes = mailBytes('x'.repeat(70).concat('\r\n').repeat(200_000));
        const { recipients } = await useScripted(server).send(makeTransaction({ mail: { bytes } }));
        expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'data', reply: null } }]);
      });

      test('a server that takes no more of the data: not sent, after the time of one step', async () => {
        const server = await script({ 'MID-DATA': 'stall' });
        const bytes = mailBytes('x'.repeat(70).concat('\r\n').repeat(250_000));
        let asked = 0;
        const { recipients } = await useScripted(server, { timeouts: IMPATIENT }).send(
          makeTransaction({ mail: { bytes }, pointOfNoReturn: () => ++asked > 0 }),
        );
        expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'data', reply: null } }]);
        expect(failureOf(recipients[0]).error).toMatch(/^no .+ within 0\.7 s$/);
        expect(asked).toBe(0);
      });

      test('a connection that died while it was idle does not stand in the way of the next send', async () => {
        const server = await script();
        const transport = useScripted(server, { connections: 1 });
        await transport.send(makeTransaction());
        server.cut();
        await expect.poll(() => server.connections().open).toBe(0);
        const { recipients } = await transport.send(makeTransaction());
        expect(recipients).toMatchObject([{ result: 'accepted' }]);
      });

      test('one of several that die together fails each send once, and the next ones go', async () => {
        let dropped = 0;
        const server = await script({ MAIL: () => (++dropped <= 3 ? 'drop' : null) });
        const transport = useScripted(server);
        const all = await Promise.all(Array.from({ length: 12 }, () => transport.send(makeTransaction())));
        const results = all.map(({ recipients }) => recipients[0]!.result);
        expect(results.filter((result) => result === 'notSent')).toHaveLength(3);
        expect(results.filter((result) => result === 'accepted')).toHaveLength(9);
        expect(server.messages).toHaveLength(9);
      });

      test('the whole of it has a time, waiting for a free connection included', async () => {
        const server = await script({ MAIL: 'stall' });
        const timeouts = { ...PATIENT, transactionMs: 700 };
        const transport = useScripted(server, { connections: 1, timeouts });
        const all = await Promise.all([1, 2, 3].map(() => transport.send(makeTransaction())));
        const failures = all.map(({ recipients }) => failureOf(recipients[0]));
        expect(failures[0]).toMatchObject({ stage: 'mail', error: 'not sent within 0.7 s', givenUp: false });
        expect(failures[2]!.error).toMatch(/^(no free connection|not sent) within 0\.7 s$/);
        expect(server.messages).toEqual([]);
      });
    });

    describe('the point of no return', () => {
      test('is asked once, after the server agreed to take the data and before it can have the end', async () => {
        const server = await script();
        let asked = 0;
        const pointOfNoReturn = (): boolean => {
          asked += 1;
          expect(server.commands).toContain('DATA');
          expect(server.messages).toEqual([]);
          return true;
        };
        await useScripted(server).send(makeTransaction({ pointOfNoReturn }));
        expect(asked).toBe(1);
      });

      test.for([10, 3_000_000])(
        'no: given up, and a server never sees the end of %d bytes',
        async (sizeBytes) => {
          const server = await script();
          const bytes = mailBytes(
            'x'
              .repeat(70)
              .concat('\r\n')
              .repeat(Math.ceil(sizeBytes / 72)),
          );
          const transport = useScripted(server, { connections: 1 });
          const recipients = ['ann@contoso.com', 'bob@contoso.com'];
          const { recipients: results } = await transport.send(
            makeTransaction({ recipients, mail: { bytes }, pointOfNoReturn: () => false }),
          );
          expect(results).toMatchObject(
            recipients.map(() => ({ result: 'notSent', failure: { reply: null, givenUp: true } })),
          );
          await expect.poll(() => server.connections().open).toBe(0);
          expect(server.messages).toEqual([]);
          expect((await transport.send(makeTransaction())).recipients).toMatchObject([
            { result: 'accepted' },
          ]);
        },
      );

      test('no, against the simulator: the inbox stays empty', async () => {
        await use().send(makeTransaction({ pointOfNoReturn: () => false }));
        expect(await inbox()).toEqual([]);
      });

      test('is not asked where nobody is accepted', async () => {
        let asked = 0;
        const pointOfNoReturn = (): boolean => ++asked > 0;
        await use().send(makeTransaction({ recipients: ['eve@example.org'], pointOfNoReturn }));
        expect(asked).toBe(0);
      });
    });

    describe('the connections', () => {
      test('a changed credential gets a connection of its own, and the old one is closed', async () => {
        const server = await script();
        const transport = useScripted(server);
        await transport.send(makeTransaction());
        await transport.send(makeTransaction({ credential: { kind: 'password', password: 'rotated' } }));
        expect(server.connections().total).toBe(2);
        await expect.poll(() => server.connections().open).toBe(1);
        expect(server.commands).toContain(Buffer.from('rotated').toString('base64'));
      });

      test('each account has connections of its own', async () => {
        const server = await script();
        const transport = useScripted(server, { connections: 1 });
        await transport.send(makeTransaction());
        await transport.send(makeTransaction({ account: 'payroll@contoso.com' }));
        expect(server.connections()).toMatchObject({ open: 2, total: 2 });
      });

      test('an idle one is closed with QUIT', async () => {
        const server = await script();
        const transport = useScripted(server, { timeouts: { ...PATIENT, idleMs: 50 } });
        await transport.send(makeTransaction());
        await expect.poll(() => server.connections().open).toBe(0);
        expect(server.commands.at(-1)).toBe('QUIT');
      });

      test('verify leaves no connection behind', async () => {
        const server = await script();
        expect(await useScripted(server).verify(ACCOUNT.address, PASSWORD)).toBeNull();
        await expect.poll(() => server.connections().open).toBe(0);
        expect(server.commands.join()).not.toContain('MAIL');
      });

      test('close lets who sends finish, refuses who waits, and leaves no handle open', async () => {
        const before = openSockets();
        const server = await script({ MAIL: () => null });
        const transport = useScripted(server, { connections: 1 });
        await transport.send(makeTransaction());
        const sending = [transport.send(makeTransaction()), transport.send(makeTransaction())];
        await transport.close();
        const [first, second] = await Promise.all(sending);
        expect(first!.recipients).toMatchObject([{ result: 'accepted' }]);
        expect(second!.recipients).toMatchObject([{ result: 'notSent', failure: { givenUp: true } }]);
        expect((await transport.send(makeTransaction())).recipients).toMatchObject([{ result: 'notSent' }]);
        await expect.poll(() => server.connections().open).toBe(0);
        await server.stop();
        open.servers.splice(0);
        await expect.poll(openSockets).toBeLessThanOrEqual(before);
      });
    });
  });
}

function failureOf(result: RecipientResult | undefined): TransportFailure {
  if (result?.result !== 'notSent' && result?.result !== 'unknown') {
    throw new Error(`not a failure: ${JSON.stringify(result)}`);
  }
  return result.failure;
}

/** Sockets that keep the process alive. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TLSWrap')
    .length;
}
