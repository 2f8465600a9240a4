/**
 * What has gone out must be left to V8's frequent collections of what is young. Whatever keeps it longer, a table that a set
 * has outgrown, a generator function of its own, keeps whole mails until the rare collection of everything.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeContents } from '../../../../bench/smtp/benchMail.ts';
import { startProcess, type RemoteProcess } from '../../../../bench/remoteProcess.ts';
import type { SinkArgument } from '../../../../bench/smtp/sinkProcess.ts';
import { ensureCertificates, type Certificates } from '../../../../local/certificates.ts';
import { makeChance } from '../../../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../../../shared/adapters/smtp/compose/composer.ts';
import { makeFastTransport } from '../../../../shared/adapters/smtp/fast/fastTransport.ts';
import { makeNodemailerTransport } from '../../../../shared/adapters/smtp/nodemailerTransport.ts';
import type { SmtpTransportOptions } from '../../../../shared/adapters/smtp/smtpTransportOptions.ts';
import type { MailTransport } from '../../../../shared/ports.ts';
import { makeTransaction } from '../../../contracts/mailTransport/world.ts';

const MAIL_BYTES = 40_000;
const MAILS = 200;
const AT_ONCE = 4;
const WITHIN = { timeout: 30_000, interval: 50 };

let folder = '';
let certificates: Certificates;
let sink: RemoteProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'left-behind-'));
  certificates = await ensureCertificates(folder);
  // In a process of its own: what it holds is not ours.
  sink = startProcess(new URL('../../../../bench/smtp/sinkProcess.ts', import.meta.url));
});
afterAll(async () => {
  await sink.kill();
  await rm(folder, { recursive: true, force: true });
});

function findYoungCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { type: 'minor' }) => void;
  setFlagsFromString('--no-expose-gc');
  return () => gc({ type: 'minor' });
}

type MakeTransport = (options: SmtpTransportOptions) => MailTransport;

const makeFast: MakeTransport = (options) => makeFastTransport({ ...options, window: 2 });

describe('a mail that has gone out leaves nothing behind that only a collection of everything would find', () => {
  it.each<[string, MakeTransport, string[]]>([
    ['nodemailer', makeNodemailerTransport, []],
    ['fast, one command at a time', makeFast, []],
    ['fast, PIPELINING', makeFast, ['PIPELINING']],
    ['fast, BDAT', makeFast, ['PIPELINING', 'CHUNKING']],
  ])('%s', async (_name, makeTransport, extensions) => {
    const { ca, key, cert } = certificates;
    const port = await sink.call<number>('open', {
      key,
      cert,
      extensions,
      roundTripMs: 0,
      serverMs: 0,
    } satisfies SinkArgument);
    const transport = makeTransport({
      host: '127.0.0.1',
      port,
      ca,
      ehloName: 'tests.contoso.com',
      connections: 2,
    });
    const composer = makeComposer(makeChance());
    const contentOf = makeContents(2, MAIL_BYTES);
    const collectYoung = findYoungCollector();
    const send = async (mails: number): Promise<void> => {
      let left = mails;
      const loop = async (): Promise<void> => {
        while (left-- > 0) {
          const mail = await composer.compose(contentOf(left));
          const { recipients } = await transport.send({ ...makeTransaction(), mail });
          expect(recipients.map(({ result }) => result)).toEqual(['accepted']);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, loop));
    };
    await send(20);
    // What stands now is old from here on, and what it holds is kept, alive or not.
    for (let time = 0; time < 3; time++) collectYoung();
    const before = process.memoryUsage().arrayBuffers;
    await send(MAILS);
    // V8 gives the memory itself back in a thread of its own.
    await vi.waitFor(() => {
      collectYoung();
      const leftBytes = process.memoryUsage().arrayBuffers - before;
      expect(leftBytes).toBeLessThan((MAILS * MAIL_BYTES) / 10);
    }, WITHIN);
    await transport.close();
  });
});
