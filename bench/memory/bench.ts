/** `npm run bench -- memory`: what an instance needs of memory with many large mails in flight at once. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { ensureCertificates, type Certificates } from '../../local/certificates.ts';
import { startKeyVault } from '../../local/keyVault/startKeyVault.ts';
import { appSettings } from '../../local/stack/appSettings.ts';
import { startIngestionServer } from '../../test/ingestionServer.ts';
import type { Bench } from '../bench.ts';
import { bundleProcess } from '../bundleProcess.ts';
import { formatTable } from '../format.ts';
import { startProcess, type RemoteProcess } from '../remoteProcess.ts';
import type { SinkArgument } from '../smtp/sinkProcess.ts';
import { ACCOUNT, PASSWORD } from '../smtp/contender.ts';
import { startStorage } from '../startStorage.ts';
import type { LoadArgument } from './appProcess.ts';
import { attachmentFor, KINDS, plainMails, type KindName, type Load } from './kinds.ts';
import { MEMORY_USAGE, parseMemoryOptions, type TransportName } from './memoryOptions.ts';
import type { OpenPlain } from './plainProcess.ts';
import type { MemoryPeak } from './watchMemory.ts';

/** Of the process, in bytes: what an instance of 512 MB leaves it, with room. */
const BOUND_BYTES = 400_000_000;
const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'main.cjs');
const SECRET = 'hve-contoso-com';

interface Servers {
  readonly folder: string;
  readonly storage: string;
  readonly keyVault: { readonly uri: string; readonly environment: Readonly<Record<string, string>> };
  readonly ingestion: string;
  readonly certificates: Certificates;
  readonly sink: RemoteProcess;
}

interface Measured {
  readonly kind: KindName;
  readonly transport: TransportName | 'nodemailer';
  readonly peaks: readonly MemoryPeak[];
  /** Of the process before its first mail. */
  readonly atRest: number;
  readonly mostAtOnce: number;
  readonly taken: number;
}

export const bench: Bench = {
  summary: 'memory of an instance with 24 mails of 10 MB in flight at once, beside nodemailer alone',
  usage: MEMORY_USAGE,
  async run(args, write) {
    const options = parseMemoryOptions(args);
    const { deliveries, bytes, rounds, kinds, transports } = options;
    if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is not there: npm run build`);
    const load: Load = { deliveries, attachment: attachmentFor(bytes) };
    const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
    const sink = startProcess(new URL('../smtp/sinkProcess.ts', import.meta.url));
    const certificates = await ensureCertificates(folder);
    const keyVault = await startKeyVault({
      tls: certificates,
      secrets: { [SECRET]: PASSWORD },
      identityClientId: null,
    });
    await using ingestion = await startIngestionServer(certificates);
    const measured: Measured[] = [];
    try {
      for (const kind of kinds) {
        const storage = await startStorage();
        try {
          const servers: Servers = {
            folder,
            storage: storage.connectionString,
            keyVault,
            ingestion: ingestion.connectionString,
            certificates,
            sink,
          };
          await KINDS[kind].prepare(load, BlobServiceClient.fromConnectionString(storage.connectionString));
          for (const transport of transports) {
            measured.push(await measureApp(kind, transport, load, rounds, servers));
          }
          measured.push(await measurePlain(kind, load, rounds, servers));
        } finally {
          await storage.stop();
        }
      }
    } finally {
      await Promise.all([sink.kill(), keyVault.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
    write(`${deliveries} mails of ${bytes} bytes in flight at once, ${rounds} rounds; MB of 1,000,000 bytes`);
    for (const line of describe(measured)) write(line);
    const ours = measured.filter(({ transport }) => transport !== 'nodemailer');
    const figures: Record<string, number> = {};
    for (const { kind, transport, peaks } of measured)
      figures[`${kind}_${transport}_mb`] = inMb(highest(peaks).resident);
    const isWithin = ours.every(({ peaks }) => highest(peaks).resident < BOUND_BYTES);
    const wereAllAtOnce = ours.every(
      (one) => one.mostAtOnce === deliveries && one.taken === deliveries * rounds,
    );
    return {
      figures: { ...figures, at_once: Math.min(...ours.map((one) => one.mostAtOnce)) },
      isGood: isWithin && wereAllAtOnce,
    };
  },
};

async function measureApp(
  kind: KindName,
  transport: TransportName,
  load: Load,
  rounds: number,
  { folder, storage, keyVault, ingestion, certificates, sink }: Servers,
): Promise<Measured> {
  const extensions = ['PIPELINING', '8BITMIME', ...(transport === 'fastChunking' ? ['CHUNKING'] : [])];
  const smtpPort = await openSink(sink, certificates, extensions, load.deliveries);
  const env = appSettings(
    {
      HVE_INTERNAL_DOMAINS: 'contoso.com',
      HVE_ACCOUNTS: JSON.stringify([{ address: ACCOUNT, secret: SECRET }]),
      HVE_EHLO_NAME: 'mailer.contoso.com',
      HVE_CONNECTIONS_PER_ACCOUNT: String(load.deliveries),
      HVE_SMTP_TRANSPORT: transport === 'plain' ? 'plain' : 'fast',
      APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion,
    },
    {
      storage,
      keyVaultUri: keyVault.uri,
      identity: keyVault.environment,
      smtp: { host: '127.0.0.1', port: smtpPort },
      caFile: certificates.caFile,
    },
  );
  const app = startProcess(await bundleProcess(new URL('appProcess.ts', import.meta.url), folder), env);
  try {
    const httpPort = await app.call<number>('load', { bundle: BUNDLE } satisfies LoadArgument);
    const place = {
      queues: QueueServiceClient.fromConnectionString(storage),
      blobs: BlobServiceClient.fromConnectionString(storage),
      app,
      httpPort,
    };
    const measured = await measureRounds(rounds, app, sink, async () => KINDS[kind].send(load, place));
    const told = await app.call<string[]>('told');
    if (told.length > 0) throw new Error(`the app complains: ${told.join('; ')}`);
    return { kind, transport, ...measured };
  } finally {
    await app.kill();
    await sink.call('closeAll');
  }
}

async function measurePlain(
  kind: KindName,
  load: Load,
  rounds: number,
  { folder, storage, certificates, sink }: Servers,
): Promise<Measured> {
  const smtpPort = await openSink(sink, certificates, ['PIPELINING', '8BITMIME'], load.deliveries);
  const peer = startProcess(await bundleProcess(new URL('plainProcess.ts', import.meta.url), folder));
  try {
    await peer.call('open', {
      connectionString: storage,
      smtpPort,
      ca: certificates.ca,
      connections: load.deliveries,
    } satisfies OpenPlain);
    const measured = await measureRounds(rounds, peer, sink, async () =>
      peer.call('send', plainMails(kind, load)),
    );
    return { kind, transport: 'nodemailer', ...measured };
  } finally {
    await peer.kill();
    await sink.call('closeAll');
  }
}

async function measureRounds(
  rounds: number,
  subject: RemoteProcess,
  sink: RemoteProcess,
  send: () => Promise<void>,
): Promise<Pick<Measured, 'peaks' | 'atRest' | 'mostAtOnce' | 'taken'>> {
  const peaks: MemoryPeak[] = [];
  const crowds: number[] = [];
  const takenBefore = await sink.call<number>('taken');
  await sink.call('mostAtOnce');
  const { resident: atRest } = await subject.call<MemoryPeak>('takePeak');
  for (let round = 0; round < rounds; round++) {
    await send();
    peaks.push(await subject.call<MemoryPeak>('takePeak'));
    crowds.push(await sink.call<number>('mostAtOnce'));
  }
  return {
    peaks,
    atRest,
    mostAtOnce: Math.min(...crowds),
    taken: (await sink.call<number>('taken')) - takenBefore,
  };
}

async function openSink(
  sink: RemoteProcess,
  { key, cert }: Certificates,
  extensions: readonly string[],
  heldUntil: number,
): Promise<number> {
  const argument: SinkArgument = { key, cert, extensions, roundTripMs: 0, serverMs: 0, heldUntil };
  return sink.call<number>('open', argument);
}

function describe(measured: readonly Measured[]): string[] {
  const rows = measured.map(({ kind, transport, peaks, atRest, mostAtOnce }) => {
    const peak = highest(peaks);
    const peer = measured.find((one) => one.kind === kind && one.transport === 'nodemailer')!;
    return [
      `${KINDS[kind].words}: ${transport}`,
      inMb(peak.resident),
      `1/${(highest(peer.peaks).resident / peak.resident).toFixed(1)}`,
      inMb(atRest),
      inMb(peak.heapUsed),
      inMb(peak.heapTotal),
      inMb(peak.external),
      inMb(peak.arrayBuffers),
      peaks.map(({ resident }) => inMb(resident)).join(' '),
      mostAtOnce,
    ];
  });
  const head = [
    '',
    'peak MB',
    'of the peer',
    'at rest',
    'heap used',
    'heap',
    'external',
    'buffers',
    'by round',
    'at once',
  ];
  return formatTable(head, rows);
}

function highest(peaks: readonly MemoryPeak[]): MemoryPeak {
  return peaks.reduce((one, other) => (other.resident > one.resident ? other : one));
}

function inMb(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
