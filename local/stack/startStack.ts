import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostConfig } from '../host/hostConfig.ts';
import { readKeyFile } from '../host/keys.ts';
import type { KeyVault } from '../keyVault/startKeyVault.ts';
import type { TokenEndpoint } from '../tokenEndpoint/startTokenEndpoint.ts';
import type { SmtpExtension } from '../simulator/extensions.ts';
import type { Simulator } from '../simulator/startSimulator.ts';
import { appSettings } from './appSettings.ts';
import type { Environment } from './appSettings.ts';
import { clearState } from './clearState.ts';
import { makeEndpointsFile } from './endpoints.ts';
import type { Endpoints } from './endpoints.ts';
import { startFrontDoor } from './frontDoor.ts';
import { lockInstance } from './instanceLock.ts';
import { keepHosts } from './keepHosts.ts';
import type { HostSlot } from './keepHosts.ts';
import { ANY_PORTS } from './ports.ts';
import type { StackPorts } from './ports.ts';
import { startServers } from './servers.ts';
import type { Servers, StackAccount } from './servers.ts';
import { readStackSettings } from './stackSettings.ts';
import { startOnFreePorts } from './startOnFreePorts.ts';

export interface StackOptions {
  /** The folder that keeps the state over restarts; made if missing. */
  readonly stateDir: string;
  /** The app's built CommonJS bundle, an absolute path. */
  readonly bundle: string;
  /** The path of host.json. */
  readonly hostJson: string;
  /** Of the whole stack; its HVE_ settings go on to the app over the defaults. */
  readonly env: Environment;
  /** How many functions hosts, each a process of its own. Default 1. */
  readonly hosts?: number;
  /** Whether the functions ask for keys. Default: no. */
  readonly auth?: boolean;
  /** What the simulator offers its clients. Default: all it can. */
  readonly extensions?: readonly SmtpExtension[];
  /** Removes the state of earlier starts first. */
  readonly fresh?: boolean;
  /** For each port that is taken the next free one. Default: any free ones. */
  readonly ports?: StackPorts;
  /** What the stack has to say of itself, such as that a host was started again. */
  readonly say: (line: string) => void;
  /** Gets every line that a host and the app in it print. */
  readonly onHostLine: (host: number, line: string) => void;
  /** Aborted: the start ends as soon as it can, and rejects with the reason. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  /** As endpoints.json has them now. */
  endpoints(): Endpoints;
  readonly hosts: readonly HostSlot[];
  /** Of the storage's process; null while it is being started again. */
  storagePid(): number | null;
  readonly simulator: Simulator;
  readonly keyVault: KeyVault;
  /** null: OAuth is not set up. */
  readonly tokenEndpoint: TokenEndpoint | null;
  /** Those that the simulator knows; their passwords are in the Key Vault alone. */
  readonly accounts: readonly StackAccount[];
  readonly internalDomains: readonly string[];
  /** A key for every function; null where they ask for none. */
  key(): string | null;
  /** Hosts first, then the simulator and the Key Vault, the storage last. The state stays. */
  stop(): Promise<void>;
}

type Stops = (() => Promise<void>)[];

/**
 * Starts all of it on this machine, resolves when it is up, and keeps it up: hosts and storage that die are started again. Rejects
 * with `AlreadyRunning` where another instance has that state; whatever was started by then is stopped.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).toReversed()) await stopOne();
  };
  try {
    return { ...(await startParts(options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: StackOptions, stops: Stops): Promise<Omit<Stack, 'stop'>> {
  const { stateDir, bundle, hostJson, env, say, signal, ports = ANY_PORTS, auth = false } = options;
  const { extensions } = options;
  // First: what cannot be understood must not cost a minute of starting.
  const settings = readStackSettings(env);
  if (!existsSync(bundle)) throw new Error(`The app is not built: there is no ${bundle}. Run: npm run build`);

  const lock = await lockInstance(stateDir);
  stops.push(async () => lock.release());
  if (options.fresh === true) await clearState(stateDir);
  const endpointsFile = makeEndpointsFile(stateDir);
  await endpointsFile.remove();
  stops.push(async () => endpointsFile.remove());
  signal?.throwIfAborted();

  // Nothing is published before all is up; from then on every change is.
  const up: { servers?: Servers; slots: readonly HostSlot[]; endpoints: (() => Endpoints) | null } = {
    slots: [],
    endpoints: null,
  };
  const runningHosts = () => up.slots.flatMap((slot) => slot.host() ?? []);
  const publish = async (): Promise<void> => {
    const pids = [up.servers?.storagePid() ?? null, ...runningHosts().map(({ pid }) => pid)];
    await lock.noteChildren(pids.filter((pid) => pid !== null));
    if (up.endpoints !== null) await endpointsFile.write(up.endpoints());
  };
  const onChange = (): void => {
    publish().catch((error: unknown) => say(`endpoints.json could not be written: ${String(error)}`));
  };
  const servers = await startServers({
    stateDir,
    settings,
    extensions,
    ports,
    onChange,
    say,
    signal,
    stops,
  });
  up.servers = servers;
  await publish();

  const frontDoor = await startOnFreePorts(async (pick) =>
    startFrontDoor({
      port: await pick(ports.functions),
      hostPorts: () => runningHosts().map(({ port }) => port),
    }),
  );
  stops.push(async () => frontDoor.stop());

  const keysFile = join(stateDir, 'keys.json');
  const config: HostConfig = { bundle, hostJson, ...(auth ? { keysFile } : {}) };
  // As Azure and Core Tools tell an app where it is reached.
  const appEnv: Record<string, string> = {
    ...appSettings(env, servers.forApp),
    WEBSITE_HOSTNAME: `127.0.0.1:${frontDoor.port}`,
  };
  const { onHostLine: onLine, hosts: count = 1 } = options;
  const hosts = await keepHosts({ count, config, env: appEnv, onLine, onChange, say });
  up.slots = hosts.slots;
  stops.push(async () => {
    up.endpoints = null;
    await endpointsFile.remove();
    lock.sayStopping();
    await hosts.stop();
  });
  signal?.throwIfAborted();

  const { simulator, keyVault, tokenEndpoint, accounts } = servers;
  const endpoints = (): Endpoints => ({
    functions: `http://127.0.0.1:${frontDoor.port}`,
    storage: appEnv['HVE_STORAGE'] ?? servers.forApp.storage,
    smtp: `smtp://${simulator.smtp.host}:${simulator.smtp.port}`,
    inbox: simulator.inboxUrl,
    keyVault: {
      uri: keyVault.uri,
      identityEndpoint: keyVault.environment['IDENTITY_ENDPOINT'] ?? '',
      identityHeader: keyVault.environment['IDENTITY_HEADER'] ?? '',
    },
    ...(tokenEndpoint === null ? {} : { tokens: { authorityHost: tokenEndpoint.authorityHost } }),
    hosts: runningHosts().map(({ pid }) => ({ pid })),
  });
  up.endpoints = endpoints;
  await publish();
  return {
    endpoints,
    hosts: hosts.slots,
    storagePid: servers.storagePid,
    simulator,
    keyVault,
    tokenEndpoint,
    accounts,
    internalDomains: settings.internalDomains,
    key: () => (auth ? (readKeyFile(keysFile)?.host['default'] ?? null) : null),
  };
}
