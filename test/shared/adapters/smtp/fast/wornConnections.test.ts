import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ensureCertificates, type Certificates } from '../../../../../local/certificates.ts';
import { makeFastTransport } from '../../../../../shared/adapters/smtp/fast/fastTransport.ts';
import type { MailTransport, RecipientResult } from '../../../../../shared/ports.ts';
import { mailOf } from '../../../../contracts/mailTransport/mailOf.ts';
import { mailBytes, makeTransaction, PATIENT } from '../../../../contracts/mailTransport/world.ts';
import {
  startScriptedSmtpServer,
  type ScriptedSmtpServer,
  type ScriptedSmtpServerOptions,
} from '../../../../contracts/scriptedSmtpServer.ts';

/** What servers do after they have refused something: see test/interop, where Exim cuts the connection. */
let dir = '';
let certificates: Certificates;
let server: ScriptedSmtpServer | undefined;
let transport: MailTransport | undefined;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'worn-connections-'));
  certificates = await ensureCertificates(dir);
});
afterEach(async () => {
  await transport?.close();
  await server?.stop();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function start(
  answers: ScriptedSmtpServerOptions['answers'],
  extensions = ['PIPELINING', 'CHUNKING'],
): Promise<{ server: ScriptedSmtpServer; transport: MailTransport }> {
  server = await startScriptedSmtpServer({ tls: certificates, extensions, answers });
  const { host, port } = server;
  const { ca } = certificates;
  const options = { host, port, ca, ehloName: 'tests.contoso.com', connections: 1, timeouts: PATIENT };
  transport = makeFastTransport({ ...options, window: 8 });
  return { server, transport };
}

const LARGE = { mail: mailOf(mailBytes(`${'x'.repeat(70)}\r\n`.repeat(10_000))) };

test.for([['PIPELINING'], ['PIPELINING', 'CHUNKING']])(
  'a server that cuts whoever it has refused ten times does not come to it: nothing is in doubt (%o)',
  async (extensions) => {
    let refusedInARow = 0;
    const sides = await start(
      {
        RCPT: (line) => (line.includes('eve@') ? '550 5.1.1 nobody' : null),
        RSET: () => (++refusedInARow > 10 ? 'drop' : null),
        'EHLO-SECURE': () => {
          refusedInARow = 0;
          return null;
        },
        'END-OF-DATA': () => {
          refusedInARow = Math.max(refusedInARow - 1, 0);
          return null;
        },
      },
      extensions,
    );
    const to = Array.from({ length: 90 }, (_, index) => (index % 3 === 2 ? 'eve@' : 'ann@'));
    const results = await Promise.all(
      to.map((name) => sides.transport.send(makeTransaction({ recipients: [`${name}contoso.com`] }))),
    );
    const expected = to.map((name): RecipientResult['result'] => (name === 'eve@' ? 'refused' : 'accepted'));
    expect(results.map(({ recipients }) => recipients[0]!.result)).toEqual(expected);
    expect(sides.server.connections().total).toBeGreaterThan(1);
  },
);

test.for([
  ['one chunk', {}],
  ['more than a chunk, which goes by DATA', LARGE],
] as const)('a mail of %s that is refused leaves the connection as it was', async ([, mail]) => {
  let refused = 0;
  const sides = await start({ 'END-OF-DATA': () => (refused++ === 0 ? '552 5.3.4 too large' : null) });
  const results = await Promise.all(
    [mail, {}].map((transaction) => sides.transport.send(makeTransaction(transaction))),
  );
  expect(results.map(({ recipients }) => recipients[0]!.result)).toEqual(['refused', 'accepted']);
  expect(sides.server.connections().total).toBe(1);
  expect(sides.server.commands.includes('DATA')).toBe('mail' in mail);
});
