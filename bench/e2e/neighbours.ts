/** What the apps talk to, each in a process of its own: Storage, Key Vault, the mail server, and the slow lines before them. */
import { TableClient } from '@azure/data-tables';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoragePorts } from '../../local/azurite.ts';
import { ensureCertificates } from '../../local/certificates.ts';
import type { SmtpExtension } from '../../local/simulator/extensions.ts';
import { startProcess, type RemoteProcess } from '../remoteProcess.ts';
import type { SinkArgument } from '../smtp/sinkProcess.ts';
import { startStorage } from '../startStorage.ts';
import type { ServerKind } from './e2eOptions.ts';
import type { KeyVaultArgument, OpenedKeyVault } from './keyVaultProcess.ts';
import type { LineArgument } from './lineProcess.ts';
import type { SimulatorArgument } from './simulatorProcess.ts';

export const DOMAIN = 'contoso.com';
export const ACCOUNT = { address: `hve@${DOMAIN}`, secret: 'hve-contoso-com', password: 'correct-horse' };

/** How an app reaches Storage and Key Vault. */
export interface Azure {
  readonly connectionString: string;
  readonly storagePorts: readonly number[];
  readonly keyVaultPort: number;
}

export interface Neighbours {
  /** The CA of all of them. */
  readonly caFile: string;
  /** With which a process has the app's identity. */
  readonly identity: Readonly<Record<string, string>>;
  readonly clockOffsetMs: number;
  /** At the end of lines of that round trip. */
  azure(roundTripMs: number): Promise<Azure>;
  /** As a deployment makes it; the app makes its own where they are missing. */
  makeTable(name: string): Promise<void>;
  /** The port of a mail server that offers this, at the end of a line. */
  mailServer(extensions: readonly SmtpExtension[], roundTripMs: number): Promise<number>;
  /** Mails that were taken so far. */
  taken(): Promise<number>;
  stop(): Promise<void>;
}

export async function startNeighbours(server: ServerKind): Promise<Neighbours> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-e2e-'));
  const processes: RemoteProcess[] = [];
  const start = (name: string): RemoteProcess => {
    const started = startProcess(new URL(name, import.meta.url));
    processes.push(started);
    return started;
  };
  let stopStorage: () => Promise<void> = async () => undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([stopStorage(), ...processes.map((one) => one.kill())]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const tls = await ensureCertificates(folder);
    const storage = await startStorage();
    stopStorage = () => storage.stop();
    const secrets = { [ACCOUNT.secret]: ACCOUNT.password };
    const vault = await start('keyVaultProcess.ts').call<OpenedKeyVault>('open', {
      tls,
      secrets,
    } satisfies KeyVaultArgument);
    const lines = start('lineProcess.ts');
    const mail = startMail(server, { folder, tls, start });

    const reach = async (targetPort: number, roundTripMs: number): Promise<number> =>
      roundTripMs === 0
        ? targetPort
        : lines.call<number>('open', { targetPort, roundTripMs } satisfies LineArgument);

    return {
      caFile: tls.caFile,
      identity: vault.environment,
      clockOffsetMs: storage.clockOffsetMs,
      async azure(roundTripMs) {
        const ports = await reachAll(storage.ports, (port) => reach(port, roundTripMs));
        let { connectionString } = storage;
        for (const [own, reached] of ports)
          connectionString = connectionString.replace(`:${own}/`, `:${reached}/`);
        return {
          connectionString,
          storagePorts: ports.map(([, reached]) => reached),
          keyVaultPort: await reach(vault.port, roundTripMs),
        };
      },
      async makeTable(name) {
        const table = TableClient.fromConnectionString(storage.connectionString, name, {
          allowInsecureConnection: true,
        });
        await table.createTable();
      },
      mailServer: async (extensions, roundTripMs) => reach(await mail.open(extensions), roundTripMs),
      taken: () => mail.taken(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Each port, and where it is reached. */
async function reachAll(
  { blob, queue, table }: StoragePorts,
  reach: (port: number) => Promise<number>,
): Promise<readonly (readonly [number, number])[]> {
  return Promise.all([blob, queue, table].map(async (port) => [port, await reach(port)] as const));
}

interface MailServers {
  /** Another one; its port. */
  open(extensions: readonly SmtpExtension[]): Promise<number>;
  taken(): Promise<number>;
}

function startMail(
  kind: ServerKind,
  deps: {
    readonly folder: string;
    readonly tls: { readonly key: string; readonly cert: string };
    readonly start: (name: string) => RemoteProcess;
  },
): MailServers {
  const { folder, start } = deps;
  const tls = { key: deps.tls.key, cert: deps.tls.cert };
  const server = start(kind === 'sink' ? '../smtp/sinkProcess.ts' : 'simulatorProcess.ts');
  const argumentOf = (extensions: readonly SmtpExtension[]): SinkArgument | SimulatorArgument =>
    kind === 'sink'
      ? // The line is before it, so that the handshakes take their time too.
        { ...tls, extensions, roundTripMs: 0, serverMs: 0 }
      : { tls, extensions, stateDir: join(folder, 'inbox'), account: ACCOUNT, internalDomains: [DOMAIN] };
  return {
    open: (extensions) => server.call<number>('open', argumentOf(extensions)),
    taken: () => server.call<number>('taken'),
  };
}
