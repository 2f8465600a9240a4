/** One way of the messages through the app, an instance for each function, or through its peer: round after round, the peaks. */
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { appSettings } from '../../local/stack/appSettings.ts';
import { bundleProcess } from '../bundleProcess.ts';
import { startProcess, type RemoteProcess } from '../remoteProcess.ts';
import { ACCOUNT } from '../smtp/contender.ts';
import type { SinkArgument } from '../smtp/sinkProcess.ts';
import type { LoadArgument } from './appProcess.ts';
import { KINDS, plainMails, type KindName, type Load, type Place } from './kinds.ts';
import type { TransportName } from './memoryOptions.ts';
import { SECRET, type FilledStorage, type Neighbours } from './neighbours.ts';
import type { OpenPlain } from './plainProcess.ts';
import type { MemoryPeak } from './watchMemory.ts';

export const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'main.cjs');

export interface Case {
  readonly kind: KindName;
  readonly transport: TransportName;
  readonly load: Load;
  readonly rounds: number;
  /** For what is made on the way. */
  readonly folder: string;
}

export interface Measured {
  readonly kind: KindName;
  readonly transport: TransportName;
  /** Of each round: of the instance that needed most. */
  readonly peaks: readonly MemoryPeak[];
  /** Resident before the first mail. */
  readonly atRestBytes: number;
  /** Mails whose data was under way at the same time, by the server's own count: in the round with the fewest. */
  readonly atOnce: number;
  readonly taken: number;
}

export async function measure(
  one: Case,
  neighbours: Neighbours,
  { connectionString }: FilledStorage,
): Promise<Measured> {
  const { sink } = neighbours;
  const smtpPort = await openSink(one, neighbours);
  const isPeer = one.transport === 'nodemailer';
  const start = isPeer ? startPeer : startApp;
  const { subjects, sendAll } = await start(one, neighbours, connectionString, smtpPort);
  const takePeak = async (): Promise<MemoryPeak> =>
    highest(await Promise.all(subjects.map((subject) => subject.call<MemoryPeak>('takePeak'))));
  try {
    const takenBefore = await sink.call<number>('taken');
    await sink.call('mostAtOnce');
    const { residentBytes: atRestBytes } = await takePeak();
    const peaks: MemoryPeak[] = [];
    const crowds: number[] = [];
    for (let round = 0; round < one.rounds; round++) {
      await sendAll();
      peaks.push(await takePeak());
      crowds.push(await sink.call<number>('mostAtOnce'));
    }
    const taken = (await sink.call<number>('taken')) - takenBefore;
    if (!isPeer) for (const subject of subjects) await complain(subject);
    const { kind, transport } = one;
    return { kind, transport, peaks, atRestBytes, atOnce: Math.min(...crowds), taken };
  } finally {
    await Promise.all(subjects.map((subject) => subject.kill()));
    await sink.call('closeAll');
  }
}

export function highest(peaks: readonly MemoryPeak[]): MemoryPeak {
  return peaks.reduce((one, other) => (other.residentBytes > one.residentBytes ? other : one));
}

interface Started {
  readonly subjects: readonly RemoteProcess[];
  readonly sendAll: () => Promise<void>;
}

async function startApp(
  { kind, transport, load, folder }: Case,
  { certificates, keyVault, ingestion }: Neighbours,
  connectionString: string,
  smtpPort: number,
): Promise<Started> {
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
      storage: connectionString,
      keyVaultUri: keyVault.uri,
      identity: keyVault.environment,
      smtp: { host: '127.0.0.1', port: smtpPort },
      caFile: certificates.caFile,
    },
  );
  const file = await bundleProcess(new URL('appProcess.ts', import.meta.url), folder);
  const names = KINDS[kind].instances;
  const instances = await Promise.all(
    names.map(async (name) => {
      const app = startProcess(file, env);
      const httpPort = await app.call<number>('load', { bundle: BUNDLE } satisfies LoadArgument);
      return [name, { app, httpPort }] as const;
    }),
  );
  const place: Place = {
    queues: QueueServiceClient.fromConnectionString(connectionString),
    blobs: BlobServiceClient.fromConnectionString(connectionString),
    instances: Object.fromEntries(instances) as Place['instances'],
  };
  return {
    subjects: instances.map(([, { app }]) => app),
    sendAll: () => KINDS[kind].send(load, place),
  };
}

async function startPeer(
  { kind, load, folder }: Case,
  { certificates }: Neighbours,
  connectionString: string,
  smtpPort: number,
): Promise<Started> {
  const file = await bundleProcess(new URL('plainProcess.ts', import.meta.url), folder);
  const peer = startProcess(file);
  const { ca } = certificates;
  const argument: OpenPlain = { connectionString, smtpPort, ca, connections: load.deliveries };
  await peer.call('open', argument);
  return { subjects: [peer], sendAll: () => peer.call('send', plainMails(kind, load)) };
}

async function openSink(
  { transport, load }: Case,
  { certificates: { key, cert }, sink }: Neighbours,
): Promise<number> {
  const extensions = ['PIPELINING', '8BITMIME', ...(transport === 'fastChunking' ? ['CHUNKING'] : [])];
  const heldUntil = load.deliveries;
  const argument: SinkArgument = { key, cert, extensions, roundTripMs: 0, serverMs: 0, heldUntil };
  return sink.call<number>('open', argument);
}

/** What the app says of itself would make another case of it. */
async function complain(app: RemoteProcess): Promise<void> {
  const told = await app.call<string[]>('told');
  if (told.length > 0) throw new Error(`the app complains: ${told.join('; ')}`);
}
