import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';
import { inject } from 'vitest';
import type { HostConfig } from '../../../local/host/hostConfig.ts';
import { spawnHost } from '../../../local/host/spawnHost.ts';
import type { HostProcess } from '../../../local/host/spawnHost.ts';
import { startProbe } from './probe.ts';
import type { Probe } from './probe.ts';

export interface StackOptions {
  /** The functions that the fixture app registers: `queue`, `http`, `timer`, … */
  readonly functions: string;
  readonly queues?: object;
  readonly hostJson?: object;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Stack {
  readonly probe: Probe;
  readonly queue: QueueClient;
  readonly poison: QueueClient;
  readonly folder: string;
  /** What all hosts have printed. */
  readonly lines: string[];
  readonly config: HostConfig;
  /** Starts (another) host on the same queue, host id and probe. */
  readonly host: (
    extraEnv?: Readonly<Record<string, string>>,
    extraConfig?: Partial<HostConfig>,
  ) => Promise<HostProcess>;
  /** Ends everything: `await using stack = await createStack(…)`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const FIXTURE = fileURLToPath(new URL('./fixtures/forwardingApp.cjs', import.meta.url));

/** What a test of the host needs around it; names are new for each, as all tests share one storage. */
export async function createStack(options: StackOptions): Promise<Stack> {
  const name = `host-${randomBytes(6).toString('hex')}`;
  const connection = inject('azurite');
  const folder = mkdtempSync(join(tmpdir(), 'hve-host-'));
  const hostJson = join(folder, 'host.json');
  writeFileSync(
    hostJson,
    JSON.stringify({ version: '2.0', extensions: { queues: options.queues ?? {} }, ...options.hostJson }),
  );
  const probe = await startProbe();
  const queues = QueueServiceClient.fromConnectionString(connection);
  const hosts: HostProcess[] = [];
  const lines: string[] = [];
  const config: HostConfig = { bundle: FIXTURE, hostJson, hostId: name, logLevel: 'debug' };
  return {
    config,
    probe,
    lines,
    folder,
    queue: queues.getQueueClient(name),
    poison: queues.getQueueClient(`${name}-poison`),
    host: async (extraEnv = {}, extraConfig = {}) => {
      const host = await spawnHost({
        config: { ...config, ...extraConfig },
        env: {
          PATH: process.env['PATH'],
          AzureWebJobsStorage: connection,
          STORE: connection,
          QUEUE: name,
          PROBE_URL: probe.url,
          FUNCTIONS: options.functions,
          ...options.env,
          ...extraEnv,
        },
        onLine: (line) => lines.push(line),
      });
      hosts.push(host);
      return host;
    },
    [Symbol.asyncDispose]: async () => {
      for (const host of hosts) host.kill();
      await Promise.all(hosts.map(async ({ ended }) => ended));
      probe.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
