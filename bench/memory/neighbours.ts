/** What the app and its peer talk to: each in a process of its own, or in the benchmark's. */
import { BlobServiceClient } from '@azure/storage-blob';
import { ensureCertificates, type Certificates } from '../../local/certificates.ts';
import { startKeyVault } from '../../local/keyVault/startKeyVault.ts';
import { startIngestionServer } from '../../test/ingestionServer.ts';
import { startProcess, type RemoteProcess } from '../remoteProcess.ts';
import { PASSWORD } from '../smtp/contender.ts';
import { startStorage } from '../startStorage.ts';
import { KINDS, type KindName, type Load } from './kinds.ts';

export const SECRET = 'hve-contoso-com';

export interface Neighbours extends AsyncDisposable {
  readonly certificates: Certificates;
  readonly keyVault: { readonly uri: string; readonly environment: Readonly<Record<string, string>> };
  /** A connection string of Application Insights: telemetry counts with the app's memory. */
  readonly ingestion: string;
  /** bench/smtp/sinkProcess.ts */
  readonly sink: RemoteProcess;
}

export async function startNeighbours(folder: string): Promise<Neighbours> {
  const certificates = await ensureCertificates(folder);
  const keyVault = await startKeyVault({
    tls: certificates,
    secrets: { [SECRET]: PASSWORD },
    identityClientId: null,
  });
  const ingestion = await startIngestionServer(certificates);
  const sink = startProcess(new URL('../smtp/sinkProcess.ts', import.meta.url));
  return {
    certificates,
    keyVault,
    ingestion: ingestion.connectionString,
    sink,
    async [Symbol.asyncDispose]() {
      await Promise.all([sink.kill(), keyVault.stop(), ingestion[Symbol.asyncDispose]()]);
    },
  };
}

export interface FilledStorage extends AsyncDisposable {
  readonly connectionString: string;
}

/** With what the producers of that kind put there before. Gone at the end: a round of the app writes some 200 MB. */
export async function fillStorage(kind: KindName, load: Load): Promise<FilledStorage> {
  const storage = await startStorage();
  const filled = {
    connectionString: storage.connectionString,
    [Symbol.asyncDispose]: async () => storage.stop(),
  };
  try {
    await KINDS[kind].prepare(load, BlobServiceClient.fromConnectionString(storage.connectionString));
    return filled;
  } catch (error) {
    await storage.stop();
    throw error;
  }
}
