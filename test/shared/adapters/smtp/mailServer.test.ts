/** A look at the SMTP server: each thing that can stand in the way is told by its stage, in words, within its time. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeMailServer, type MailServerOptions } from '../../../../shared/adapters/smtp/mailServer.ts';
import {
  startScriptedSmtpServer,
  type ScriptedSmtpServerOptions,
} from '../../../contracts/scriptedSmtpServer.ts';
import { startTestSimulator, type TestSimulator } from '../../../local/simulator/testSimulator.ts';

/** Nothing that answers comes near it. */
const PATIENT_MS = 60_000;
/** All that the server says before it stalls must come in this time too, on a machine that is busy. */
const IMPATIENT_MS = 3000;
const DAY_MS = 86_400_000;
/** A port that was free a moment ago may be that of another test's server. */
const NOBODYS_PORT = 1;
const NOT_RESOLVED = 'no-such-host.invalid';

let simulator: TestSimulator;
let tls: Certificate;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  simulator = await startTestSimulator();
  tls = await makeCertificate({});
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(async () => simulator?.end());

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Signed by itself: it is its own CA. */
async function makeCertificate({ ip = '127.0.0.1', from = -1, until = 90 }): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'scripted' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + from * DAY_MS),
    notAfterDate: new Date(Date.now() + until * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip }] },
    ],
  });
  return { cert, key };
}

async function look(options: Partial<MailServerOptions>, withinMs = PATIENT_MS) {
  const server = makeMailServer({
    host: '127.0.0.1',
    port: NOBODYS_PORT,
    ca: null,
    ehloName: 'mailer.contoso.com',
    ...options,
  });
  return server.inspect(withinMs);
}

async function script(answers: ScriptedSmtpServerOptions['answers'] = {}, certificate = tls) {
  const server = await startScriptedSmtpServer({ tls: certificate, answers });
  stops.push(server.stop);
  return server;
}

describe('a look at the SMTP server', () => {
  it('comes to what it offers on a secure connection, without a login', async () => {
    const seen = await look({ port: simulator.smtp.port, ca: simulator.ca });
    expect(seen.failure).toBeNull();
    expect(seen.capabilities).toEqual(expect.arrayContaining(['SIZE 10000000', 'AUTH LOGIN XOAUTH2']));
    expect(seen.certificate?.names).toContain('localhost');
    expect(seen.certificate?.lifeLeftMs).toBeGreaterThan(0);
    expect(seen.connectMs).toBeGreaterThanOrEqual(0);
  });

  it('says nothing but EHLO, STARTTLS and QUIT, and leaves', async () => {
    const server = await script();
    await look({ port: server.port, ca: tls.cert });
    await expect.poll(() => server.connections().open).toBe(0);
    expect(server.commands).toEqual([
      'clear: EHLO mailer.contoso.com',
      'clear: STARTTLS',
      'EHLO mailer.contoso.com',
      'QUIT',
    ]);
  });

  it('resolves a name, and takes the certificate for it', async () => {
    const seen = await look({ host: 'localhost', port: simulator.smtp.port, ca: simulator.ca });
    expect(seen).toMatchObject({ failure: null, addresses: expect.arrayContaining(['127.0.0.1']) });
  });

  it('tells a name that does not resolve', async () => {
    const seen = await look({ host: NOT_RESOLVED });
    expect(seen).toMatchObject({ addresses: null, connectMs: null, failure: { stage: 'dns', reply: null } });
    expect(seen.failure?.error).toContain(NOT_RESOLVED);
  });

  it('tells a port on which nothing listens', async () => {
    const seen = await look({ port: NOBODYS_PORT });
    expect(seen).toMatchObject({ connectMs: null, failure: { stage: 'connect' } });
    expect(seen.failure?.error).toContain('ECONNREFUSED');
  });

  it('tells a server that greets with a refusal, with its reply', async () => {
    const server = await script({ greeting: '554 5.7.1 go away' });
    const { failure } = await look({ port: server.port, ca: tls.cert });
    expect(failure).toMatchObject({ stage: 'connect', reply: { code: 554, enhanced: '5.7.1' } });
  });

  it.each([
    ['greeting', 'connect'],
    ['EHLO', 'ehlo'],
    ['STARTTLS', 'tls'],
    ['EHLO-SECURE', 'ehlo'],
  ] as const)('tells a server that stalls at %s, within its time', async (place, stage) => {
    const server = await script({ [place]: 'stall' });
    const { failure } = await look({ port: server.port, ca: tls.cert }, IMPATIENT_MS);
    expect(failure).toMatchObject({ stage, error: expect.stringContaining('within') });
  });

  it('tells a server that hangs up', async () => {
    const server = await script({ EHLO: 'drop' });
    const { failure } = await look({ port: server.port, ca: tls.cert });
    expect(failure).toMatchObject({ stage: 'ehlo', error: 'the server closed the connection' });
  });

  it('tells a server that offers no STARTTLS, as behind a firewall that takes part in SMTP', async () => {
    const server = await script({ EHLO: '250-scripted\r\n250 XXXXXXXA' });
    const seen = await look({ port: server.port, ca: tls.cert });
    expect(seen).toMatchObject({
      certificate: null,
      failure: { stage: 'tls', error: 'the server does not offer STARTTLS' },
    });
    expect(server.commands).toEqual(['clear: EHLO mailer.contoso.com']);
  });

  it.each([
    ['has expired', { from: -90, until: -1 }, 'the certificate has expired'],
    ['is not valid yet', { from: 2, until: 90 }, 'not valid yet'],
    ['is for another name', { ip: '192.0.2.1' }, 'for another name'],
  ])('tells a certificate that %s, and shows it', async (_what, made, words) => {
    const certificate = await makeCertificate(made);
    const server = await script({}, certificate);
    const seen = await look({ port: server.port, ca: certificate.cert });
    expect(seen.failure).toMatchObject({ stage: 'tls', error: expect.stringContaining(words) });
    expect(seen.certificate?.names).toEqual(['ip' in made ? made.ip : '127.0.0.1']);
    // Nothing is said on a connection that is not trusted.
    expect(server.commands).not.toContain('EHLO mailer.contoso.com');
  });

  it('tells a certificate of a CA that is not trusted', async () => {
    const { failure } = await look({ port: simulator.smtp.port });
    expect(failure?.error).toContain('not trusted');
  });

  it('tells a server that is none', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(`HTTP/1.1 400 Bad Request\r\n${'x'.repeat(100_000)}`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(async () => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { failure } = await look({ port });
    expect(failure).toMatchObject({ stage: 'connect', error: 'what answers is no mail server' });
  });
});
