import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureCertificates, type Certificates } from '../../../../local/certificates.ts';
import { makeNodemailerTransport } from '../../../../shared/adapters/smtp/nodemailerTransport.ts';
import { renderIdentity } from '../../../../shared/adapters/smtp/renderIdentity.ts';
import { SMTP_TIMEOUTS } from '../../../../shared/adapters/smtp/smtpTimeouts.ts';
import type { MailTransport, Transaction } from '../../../../shared/ports.ts';
import { describeMailTransport } from '../../../contracts/mailTransport.ts';
import { mailOf } from '../../../contracts/mailTransport/mailOf.ts';
import {
  startScriptedSmtpServer,
  type ScriptedSmtpServer,
  type ScriptedSmtpServerOptions,
} from '../../../contracts/scriptedSmtpServer.ts';

describeMailTransport('nodemailer', (settings) => makeNodemailerTransport(settings));

describe('makeNodemailerTransport', () => {
  let dir = '';
  let certificates: Certificates;
  let server: ScriptedSmtpServer;
  let transport: MailTransport;
  let logged: unknown[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodemailer-transport-'));
    certificates = await ensureCertificates(dir);
  });
  afterEach(async () => {
    await transport.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function start(answers: ScriptedSmtpServerOptions['answers']): Promise<void> {
    server = await startScriptedSmtpServer({ tls: certificates, answers });
    logged = [];
    transport = makeNodemailerTransport({
      host: server.host,
      port: server.port,
      ca: certificates.ca,
      ehloName: '[127.0.0.1]',
      connections: 1,
      log: (...entry) => logged.push(entry),
    });
  }

  const transaction: Transaction = {
    account: 'hve@contoso.com',
    credential: { kind: 'password', password: 'correct-horse' },
    recipients: ['ann@contoso.com'],
    identity: { messageId: '<1@contoso.com>', dateMs: 0 },
    mail: mailOf(Buffer.from('Subject: x\r\n\r\n.\r\n..\r\n')),
    pointOfNoReturn: () => true,
  };
  const sizeBytes = renderIdentity(transaction.identity).length + transaction.mail.sizeBytes;

  test('announces the exact size, without the dots that SMTP doubles, where the server counts', async () => {
    await start({});
    await transport.send(transaction);
    expect(server.commands).toContain(`MAIL FROM:<hve@contoso.com> SIZE=${sizeBytes}`);
    expect(server.messages.map((message) => message.length)).toEqual([sizeBytes]);
  });

  test('leaves it to the server to refuse what is larger than it takes', async () => {
    await start({
      'EHLO-SECURE': '250-scripted\r\n250-SIZE 10\r\n250 AUTH LOGIN',
      'END-OF-DATA': '552 5.3.4 too large',
    });
    const { recipients } = await transport.send(transaction);
    expect(recipients).toMatchObject([{ result: 'refused', reply: { enhanced: '5.3.4' } }]);
    expect(server.commands).toContain('MAIL FROM:<hve@contoso.com>');
  });

  test('introduces itself by the name it was given', async () => {
    await start({});
    await transport.send(transaction);
    expect(server.commands.filter((line) => line.includes('EHLO'))).toEqual([
      'clear: EHLO [127.0.0.1]',
      'EHLO [127.0.0.1]',
    ]);
  });

  test('logs what the server offers, and never a secret', async () => {
    await start({});
    await transport.send(transaction);
    expect(logged).toEqual([
      [
        'detail',
        'SMTP connection opened',
        {
          account: 'hve@contoso.com',
          host: '127.0.0.1',
          port: server.port,
          offers: 'SIZE 10000000, PIPELINING, AUTH LOGIN XOAUTH2',
        },
      ],
    ]);
  });

  test('says how long each stage took, those of the login with the transaction that opened the connection', async () => {
    await start({});
    const names = async () => (await transport.send(transaction)).stages?.map(({ stage }) => stage);
    const own = ['mail', 'rcpt', 'data', 'end-of-data'];
    expect(await names()).toEqual(['connect', 'ehlo', 'tls', 'auth', ...own]);
    expect(await names()).toEqual(own);
    const { stages = [] } = await transport.send(transaction);
    expect(stages.every(({ ms }) => ms >= 0 && ms < 60_000)).toBe(true);
  });

  test('says of a transaction that failed how long the stages before took', async () => {
    await start({ RCPT: 'drop' });
    const { stages, recipients } = await transport.send(transaction);
    expect(recipients).toMatchObject([{ result: 'notSent' }]);
    expect(stages?.map(({ stage }) => stage)).toEqual(['connect', 'ehlo', 'tls', 'auth', 'mail']);
  });

  test('takes a fresh connection after a hundred transactions', async () => {
    await start({});
    for (let sent = 0; sent < 101; sent++) await transport.send(transaction);
    expect(server.messages).toHaveLength(101);
    expect(server.connections().total).toBe(2);
  });
});

test('a transaction takes no longer than a claim lasts', () => {
  const claimMs = 15 * 60_000;
  expect(SMTP_TIMEOUTS.transactionMs + SMTP_TIMEOUTS.dataMs).toBeLessThanOrEqual(claimMs);
});
