import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureCertificates, type Certificates } from '../../../../../local/certificates.ts';
import type { StoredMail } from '../../../../../local/simulator/mailStore.ts';
import {
  makeFastTransport,
  type FastTransportOptions,
} from '../../../../../shared/adapters/smtp/fast/fastTransport.ts';
import type { MailTransport, RecipientResult, TransactionResult } from '../../../../../shared/ports.ts';
import { mailOf } from '../../../../contracts/mailTransport/mailOf.ts';
import {
  IMPATIENT_MS,
  mailBytes,
  makeTransaction,
  PASSWORD,
  PATIENT,
} from '../../../../contracts/mailTransport/world.ts';
import {
  startScriptedSmtpServer,
  type ScriptedSmtpServer,
  type ScriptedSmtpServerOptions,
} from '../../../../contracts/scriptedSmtpServer.ts';
import {
  readJson,
  startTestSimulator,
  type TestSimulator,
} from '../../../../local/simulator/testSimulator.ts';

const BDAT = ['PIPELINING', 'CHUNKING'];

let dir = '';
let certificates: Certificates;
let server: ScriptedSmtpServer | undefined;
let transport: MailTransport | undefined;
let logged: Record<string, unknown>[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fast-transport-'));
  certificates = await ensureCertificates(dir);
});
afterEach(async () => {
  await transport?.close();
  await server?.stop();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function connect(
  place: { readonly host: string; readonly port: number; readonly ca: string },
  options: Partial<FastTransportOptions> = {},
): MailTransport {
  logged = [];
  transport = makeFastTransport({
    ...place,
    ehloName: 'tests.contoso.com',
    connections: 1,
    window: 3,
    timeouts: PATIENT,
    log: (level, text, fields) => logged.push({ level, text, ...fields }),
    ...options,
  });
  return transport;
}

async function start(
  extensions: readonly string[],
  answers: ScriptedSmtpServerOptions['answers'] = {},
  options: Partial<FastTransportOptions> = {},
): Promise<{ server: ScriptedSmtpServer; transport: MailTransport }> {
  server = await startScriptedSmtpServer({ tls: certificates, extensions, answers });
  const { host, port } = server;
  return { server, transport: connect({ host, port, ca: certificates.ca }, options) };
}

const sendMany = (mails: number): Promise<TransactionResult>[] =>
  Array.from({ length: mails }, () => transport!.send(makeTransaction()));
const resultsOf = async (sent: readonly Promise<TransactionResult>[]): Promise<RecipientResult[]> =>
  (await Promise.all(sent)).map(({ recipients }) => recipients[0]!);
const kindsOf = async (sent: readonly Promise<TransactionResult>[]): Promise<string[]> =>
  (await resultsOf(sent)).map(({ result }) => result);

describe('what is in flight', () => {
  /** The server keeps its replies back from the second mail's on: DATA itself must be answered. */
  const holdFromSecond = (): null => {
    if (server?.messages.length === 2) server.hold();
    return null;
  };

  test('BDAT: as many as the window says, each in one flight, and these alone are in doubt when the connection dies', async () => {
    const { server } = await start(BDAT);
    expect(await kindsOf(sendMany(1))).toEqual(['accepted']);
    server.hold();
    const sent = sendMany(6);
    await expect.poll(() => server.messages.length).toBe(4);
    server.cut();
    server.release();
    expect(await kindsOf(sent)).toEqual([...Array(3).fill('unknown'), ...Array(3).fill('accepted')]);
    expect(server.messages).toHaveLength(7);
    expect(server.connections().total).toBe(2);
  });

  test('PIPELINING: the next envelope behind this one’s data; it is not sent where the connection dies', async () => {
    const { server } = await start(['PIPELINING'], { 'END-OF-DATA': holdFromSecond });
    expect(await kindsOf(sendMany(1))).toEqual(['accepted']);
    const sent = sendMany(4);
    await expect.poll(() => server.commands.filter((line) => line === 'DATA').length).toBe(3);
    expect(server.messages).toHaveLength(2);
    server.cut();
    server.release();
    expect(await kindsOf(sent)).toEqual(['unknown', 'notSent', 'accepted', 'accepted']);
  });

  test('what comes before the last answer is known begins with RSET; what comes after an acceptance does not', async () => {
    const { server } = await start(['PIPELINING']);
    await Promise.all(sendMany(1));
    await Promise.all(sendMany(2));
    const own = server.commands
      .filter((line) => /^(RSET|MAIL|DATA)/.test(line))
      .map((line) => line.slice(0, 4));
    expect(own).toEqual(['MAIL', 'DATA', 'MAIL', 'DATA', 'RSET', 'MAIL', 'DATA']);
  });

  test('a connection that has not taken a mail yet carries one, and its data waits for the answers to the envelope', async () => {
    const { server } = await start(BDAT, { RCPT: '' }, { window: 8 });
    const sent = sendMany(5);
    await expect.poll(() => server.commands.some((line) => line.startsWith('RCPT'))).toBe(true);
    await transport!.verify('hve@contoso.com', PASSWORD);
    expect(server.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(1);
    expect(server.commands.join()).not.toContain('BDAT');
    server.cut();
    expect((await kindsOf([sent[0]!]))[0]).toBe('notSent');
    const closing = transport!.close();
    server.cut();
    await closing;
  });

  test('a refusal ends the trust: the next ones go one by one again', async () => {
    let mails = 0;
    const { server } = await start(BDAT, { MAIL: () => (++mails === 2 ? '451 4.9.9 not now' : null) });
    await Promise.all(sendMany(1));
    const [refused] = await resultsOf(sendMany(1));
    expect(refused).toMatchObject({ result: 'refused', stage: 'mail' });
    server.hold();
    const sent = sendMany(3);
    await expect.poll(() => server.commands.filter((line) => line.startsWith('RCPT')).length).toBe(3);
    expect(server.commands.filter((line) => line.startsWith('BDAT'))).toHaveLength(2);
    server.release();
    expect(await kindsOf(sent)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('one that comes too late does not harm the one before it, whose answer is still to come', async () => {
    const { server } = await start(
      ['PIPELINING'],
      { 'END-OF-DATA': holdFromSecond },
      { timeouts: { ...PATIENT, transactionMs: 5_000 } },
    );
    await Promise.all(sendMany(1));
    const [first, second, third] = sendMany(3);
    expect(await resultsOf([second!, third!])).toMatchObject([
      { result: 'notSent', failure: { error: 'not sent within 5 s', givenUp: false } },
      { result: 'notSent', failure: { error: 'no free connection within 5 s', givenUp: true } },
    ]);
    server.release();
    expect(await kindsOf([first!])).toEqual(['accepted']);
    await expect.poll(() => server.connections().open).toBe(0);
    expect(server.messages).toHaveLength(2);
  });
});

describe('a server that says nothing, or takes nothing', () => {
  const timeouts = { ...PATIENT, replyMs: IMPATIENT_MS };

  test('at RSET: the one behind it is not sent, and the next one gets another connection', async () => {
    let mails = 0;
    const { server } = await start(
      BDAT,
      { RSET: 'stall', MAIL: () => (++mails === 1 ? '550 5.7.60 no' : null) },
      { timeouts },
    );
    expect(await kindsOf(sendMany(1))).toEqual(['refused']);
    const [result] = await resultsOf(sendMany(1));
    expect(result).toMatchObject({
      result: 'notSent',
      failure: { stage: 'mail', error: 'no answer to RSET within 3 s' },
    });
    expect(server.messages).toEqual([]);
  });

  test('in the TLS handshake: a failure at tls that says so, and no connection is left', async () => {
    const silent = createServer((socket) => {
      socket.write('220 silent\r\n');
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        const line = bytes.toString('latin1');
        if (line.startsWith('EHLO')) socket.write('250-silent\r\n250 STARTTLS\r\n');
        else if (line.startsWith('STARTTLS')) socket.write('220 go\r\n');
      });
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const transport = connect({ host: '127.0.0.1', port, ca: certificates.ca }, { timeouts });
    expect(await transport.verify('hve@contoso.com', PASSWORD)).toMatchObject({
      stage: 'tls',
      error: 'no end of the TLS handshake within 3 s',
    });
    await new Promise((resolve) => void silent.close(resolve));
  });

  test('at QUIT: the connection is closed all the same', async () => {
    const { server } = await start(BDAT, { QUIT: 'stall' });
    await Promise.all(sendMany(1));
    await transport!.close();
    await expect.poll(() => server.connections().open).toBe(0);
    expect(server.commands.at(-1)).toBe('QUIT');
  });

  test('with several in flight: all of which the last byte is out are unknown, each after its own time', async () => {
    const { server } = await start(
      BDAT,
      {},
      { timeouts: { ...timeouts, greetingMs: IMPATIENT_MS, dataMs: IMPATIENT_MS + 500 } },
    );
    await Promise.all(sendMany(1));
    server.hold();
    const results = await resultsOf(sendMany(4));
    const failure = { stage: 'end-of-data', reply: null, givenUp: false };
    expect(results.slice(0, 3)).toMatchObject([0, 1, 2].map(() => ({ result: 'unknown', failure })));
    expect(results[3]).toMatchObject({ result: 'notSent', failure: { givenUp: false } });
  });
});

describe('replies that make no sense', () => {
  test.for([
    ['a line of 10 MB', `250 ${'x'.repeat(10_000_000)}`, /more than 16384 bytes/],
    ['what is no reply', 'HTTP/1.1 200 OK', /does not speak SMTP: it said what is no reply/],
    ['a 354', '354 go on', /out of order: 354/],
  ] as const)('%s after the last byte: unknown, and the connection is over', async ([, reply, error]) => {
    let isOdd = true;
    const { server } = await start(['PIPELINING'], { 'END-OF-DATA': () => (isOdd ? reply : null) });
    const [result] = await resultsOf(sendMany(1));
    expect(result).toMatchObject({ result: 'unknown', failure: { stage: 'end-of-data', reply: null } });
    expect(result).toHaveProperty('failure.error', expect.stringMatching(error));
    isOdd = false;
    expect(await kindsOf(sendMany(1))).toEqual(['accepted']);
    expect(server.connections().total).toBe(2);
  });

  test('a reply of several lines whose last one never comes is no reply', async () => {
    const { server } = await start(BDAT, { 'END-OF-DATA': '250-2.0.0 half' });
    const sent = sendMany(1);
    await expect.poll(() => server.messages.length).toBe(1);
    server.cut();
    expect(await resultsOf(sent)).toMatchObject([{ result: 'unknown', failure: { reply: null } }]);
  });

  test.for(['250 2.0.0 by the way', '421 4.4.2 idle for too long'])(
    'one to nothing ends a connection at rest, and the next mail gets another: %s',
    async (reply) => {
      const { server } = await start(BDAT);
      await Promise.all(sendMany(1));
      server.say(reply);
      await expect.poll(() => server.connections().open).toBe(0);
      expect(await kindsOf(sendMany(1))).toEqual(['accepted']);
    },
  );

  test('a farewell behind the login is told to who waits, one connection each: nobody connects over and over', async () => {
    const { server } = await start(BDAT, { AUTH: '235 2.7.0 hello\r\n421 4.3.2 but not now' });
    const reply = { code: 421, text: '421 4.3.2 but not now' };
    const told = { result: 'notSent', failure: { stage: 'auth', reply, givenUp: false } };
    expect(await resultsOf(sendMany(2))).toMatchObject([told, told]);
    expect(server.connections().total).toBe(2);
  });

  test('a 250 to DATA shows that the replies are one off: nothing is sent', async () => {
    const { server } = await start(['PIPELINING'], { MAIL: '250 2.1.0 ok\r\n250 2.1.0 ok' });
    expect(await resultsOf(sendMany(1))).toMatchObject([
      { result: 'notSent', failure: { stage: 'mail', error: expect.stringContaining('out of order') } },
    ]);
    expect(server.messages).toEqual([]);
  });

  test('with BDAT a reply about an address to the data shows it: unknown, whatever was refused after it', async () => {
    let mails = 0;
    const { server } = await start(BDAT, {
      MAIL: () => (++mails === 2 ? '250 2.1.0 ok\r\n250 2.1.0 ok' : null),
    });
    await Promise.all(sendMany(1));
    expect(await resultsOf(sendMany(1))).toMatchObject([
      {
        result: 'unknown',
        failure: { stage: 'end-of-data', error: expect.stringContaining('out of order') },
      },
    ]);
    expect(server.messages).toHaveLength(2);
  });

  test('a 354 although nobody was accepted is answered with the dot alone, and the connection serves on', async () => {
    let isOdd = true;
    const { server } = await start(['PIPELINING'], {
      RCPT: () => (isOdd ? '550 5.1.10 nobody' : null),
      'END-OF-DATA': () => (isOdd ? '554 5.5.1 no valid recipients' : null),
    });
    let asked = 0;
    const pointOfNoReturn = (): boolean => ++asked > 0;
    const { recipients } = await transport!.send(makeTransaction({ pointOfNoReturn }));
    expect(recipients).toMatchObject([{ result: 'refused', stage: 'rcpt', reply: { enhanced: '5.1.10' } }]);
    expect([server.messages, asked]).toEqual([[''], 0]);
    isOdd = false;
    expect(await kindsOf(sendMany(1))).toEqual(['accepted']);
    expect(server.connections().total).toBe(1);
    expect(server.commands).toContain('RSET');
  });
});

describe('the connection', () => {
  test('announces the exact size, and sends the mail as it is by BDAT', async () => {
    const { server } = await start(BDAT);
    const bytes = mailBytes('.\r\n..\r\nlast\r\n');
    await transport!.send(makeTransaction({ mail: mailOf(bytes) }));
    const [message] = server.messages;
    expect(message).toContain(Buffer.from(bytes).toString());
    expect(server.commands).toContain(`BDAT ${message!.length} LAST`);
    expect(server.commands.join()).toContain(` SIZE=${message!.length}`);
  });

  test('logs what the server offers and how it is spoken to, and never a secret', async () => {
    const { server } = await start(BDAT);
    await Promise.all(sendMany(1));
    expect(logged).toEqual([
      {
        level: 'detail',
        text: 'SMTP connection opened',
        account: 'hve@contoso.com',
        host: '127.0.0.1',
        port: server.port,
        offers: 'SIZE 10000000, PIPELINING, CHUNKING, AUTH LOGIN XOAUTH2',
        dialogue: 'CHUNKING',
        tls: 'new',
      },
    ]);
  });

  test('says how long each stage took, those of the login with the first transaction', async () => {
    await start(['PIPELINING']);
    const own = ['mail', 'rcpt', 'data', 'end-of-data'];
    const namesOf = async () => (await sendMany(1)[0]!).stages?.map(({ stage }) => stage);
    expect(await namesOf()).toEqual(['connect', 'ehlo', 'tls', 'auth', ...own]);
    expect(await namesOf()).toEqual(own);
  });

  test('takes a fresh connection now and then, and finishes on the old one what it has begun', async () => {
    const { server } = await start(BDAT, {}, { lifeMs: 1 });
    expect(new Set(await kindsOf(sendMany(20)))).toEqual(new Set(['accepted']));
    expect(server.messages).toHaveLength(20);
    const { total } = server.connections();
    for (let n = 0; n < 50 && server.connections().total === total; n++) {
      expect(await kindsOf(sendMany(1))).toEqual(['accepted']);
    }
    expect(server.connections().total).toBeGreaterThan(total);
  });

  test('an address that could break out of a command is never sent', async () => {
    const { server } = await start(BDAT);
    const { recipients } = await transport!.send(
      makeTransaction({ recipients: ['ann@contoso.com', 'x@y.z>\r\nRCPT TO:<eve@example.org'] }),
    );
    expect(recipients).toMatchObject([{ result: 'notSent' }, { result: 'notSent' }]);
    expect(server.connections().total).toBe(0);
  });

  test('a pointOfNoReturn that throws sends nothing and harms nobody else', async () => {
    const { server } = await start(BDAT);
    const pointOfNoReturn = (): boolean => {
      throw new Error('a defect');
    };
    const { recipients } = await transport!.send(makeTransaction({ pointOfNoReturn }));
    expect(recipients).toMatchObject([{ result: 'notSent', failure: { error: 'a defect' } }]);
    expect(server.messages).toEqual([]);
    expect(await kindsOf(sendMany(1))).toEqual(['accepted']);
  });
});

describe('a real server', () => {
  test('a CA file that holds no certificate is a failure at tls, and leaves no connection', async () => {
    server = await startScriptedSmtpServer({ tls: certificates });
    const ca = '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n';
    const transport = connect({ host: server.host, port: server.port, ca });
    expect(await transport.verify('hve@contoso.com', PASSWORD)).toMatchObject({ stage: 'tls', reply: null });
    await expect.poll(() => server!.connections().open).toBe(0);
  });

  test('a certificate that is not trusted leaves no connection', async () => {
    server = await startScriptedSmtpServer({ tls: certificates });
    const transport = connect({ host: server.host, port: server.port, ca: simulator.ca });
    expect(await transport.verify('hve@contoso.com', PASSWORD)).toMatchObject({ stage: 'tls' });
    await expect.poll(() => server!.connections().open).toBe(0);
  });

  let simulator: TestSimulator;
  beforeAll(async () => {
    simulator = await startTestSimulator();
  });
  afterAll(() => simulator.end());

  test('mails to some who are refused, one behind the other: each reaches those who were accepted, and nobody else', async () => {
    const transport = connect({ ...simulator.smtp, ca: simulator.ca }, { connections: 2 });
    // In threes: all are taken, nobody is, some are.
    const recipients = [['ann@contoso.com'], ['eve@example.org'], ['bob@contoso.com', 'eve@example.org']];
    const transactions = Array.from({ length: 60 }, (_, index) =>
      makeTransaction({ recipients: recipients[index % 3]! }),
    );
    const results = await Promise.all(transactions.map((transaction) => transport.send(transaction)));
    const accepted = transactions.flatMap(({ identity, recipients }, index) => {
      const to = recipients.filter((_, place) => results[index]!.recipients[place]!.result === 'accepted');
      return to.length === 0 ? [] : [`${identity.messageId} ${to.join()}`];
    });
    expect(accepted).toHaveLength(40);
    expect(results.flatMap(({ recipients }) => recipients.map(({ result }) => result))).not.toContain(
      'unknown',
    );
    const mails = await readJson<StoredMail[]>(simulator, '/messages');
    expect(mails.map(({ messageId, to }) => `${messageId} ${to.join()}`).toSorted()).toEqual(
      accepted.toSorted(),
    );
  });

  test('the next connection of an account resumes the session of the one before', async () => {
    const transport = connect({ ...simulator.smtp, ca: simulator.ca });
    await Promise.all(sendMany(1));
    transport.setConnections('hve@contoso.com', 2);
    expect(await kindsOf(sendMany(8))).toEqual(Array(8).fill('accepted'));
    // It may be open only after the first one has sent everything.
    await expect.poll(() => logged.map(({ tls }) => tls)).toEqual(['new', 'resumed']);
  });
});
