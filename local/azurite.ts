import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { freePort } from './freePort.ts';
import { formatIsoDuration } from './isoDuration.ts';

export interface StoragePorts {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

export interface AzuriteOptions {
  /** The folder that keeps the state over restarts, or `memory` for a storage that is gone with its process. */
  readonly location: string;
  /** Exactly these ports of 127.0.0.1 (0: any free one). Default: any free ones. */
  readonly ports?: StoragePorts;
  /** These ports, or for each one that is taken the next free one. */
  readonly preferredPorts?: StoragePorts;
  /** By how much Storage's clock (Date headers, insertion times, visibility, expiry, blob leases) is ahead of the machine's. */
  readonly clockOffsetMs?: number;
}

export interface Azurite {
  readonly connectionString: string;
  readonly ports: StoragePorts;
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The account and key that every storage emulator has and every SDK knows; they protect nothing. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azurite loads in one to three seconds; on a machine under load in several times that. */
const START_DEADLINE_MS = 60_000;
/** A stopping Azurite writes its state first; what it has not written by then is in its journal. */
const STOP_DEADLINE_MS = 3000;

const SERVICES = ['blob', 'queue', 'table'] as const;
const NO_PORTS: StoragePorts = { blob: 0, queue: 0, table: 0 };
const LISTENING =
  /Azurite (Blob|Queue|Table) service is successfully listening at http:\/\/127\.0\.0\.1:(\d+)/;

/**
 * Starts Azurite (blobs, queues and tables) as a child process of this one, and resolves when all three listen.
 * It ends with this process, however this one ends. Rejects with Azurite's own output when it cannot start.
 */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const inMemory = options.location === 'memory';
  if (!inMemory) mkdirSync(options.location, { recursive: true });
  const wanted = options.ports ?? (await nextFreePorts(options.preferredPorts));
  const child = spawn(process.execPath, azuriteArguments(options, wanted), {
    env: azuriteEnvironment(options.clockOffsetMs ?? 0),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Not in the terminal's process group: Ctrl-C reaches the parent only, which stops the storage last.
    detached: process.platform !== 'win32',
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    const ports = await waitUntilListening(child);
    return {
      connectionString: connectionString(ports),
      ports,
      pid: child.pid ?? 0,
      ended,
      stop: async () => stop(child, ended, inMemory),
    };
  } catch (cause) {
    child.kill('SIGKILL');
    await ended;
    throw cause;
  }
}

async function nextFreePorts(preferred: StoragePorts | undefined): Promise<StoragePorts> {
  if (preferred === undefined) return NO_PORTS;
  const blob = await freePort(preferred.blob);
  const queue = await freePort(preferred.queue, [blob]);
  return { blob, queue, table: await freePort(preferred.table, [blob, queue]) };
}

function azuriteArguments(options: AzuriteOptions, ports: StoragePorts): string[] {
  const preloads = [
    new URL('./dieWithParent.ts', import.meta.url),
    new URL('./shiftClock.ts', import.meta.url),
    ...(options.location === 'memory' ? [] : [new URL('./azuriteJournal.ts', import.meta.url)]),
  ];
  return [
    ...preloads.flatMap(({ href }) => ['--import', href]),
    createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
    ...SERVICES.flatMap((service) => [`--${service}Host`, '127.0.0.1']),
    ...SERVICES.flatMap((service) => [`--${service}Port`, String(ports[service])]),
    '--silent',
    // An SDK may be newer than the emulator; it knows nothing of headers that came after it.
    '--loose',
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--disableProductStyleUrl',
    ...(options.location === 'memory' ? ['--inMemoryPersistence'] : ['--location', options.location]),
  ];
}

function azuriteEnvironment(clockOffsetMs: number): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    // An account list or another switch for Azurite that someone set for their own would change ours.
    if (name.startsWith('AZURITE_') || name === 'NODE_OPTIONS') delete env[name];
  }
  return { ...env, NODE_NO_WARNINGS: '1', HVE_LOCAL_CLOCK_OFFSET: formatIsoDuration(clockOffsetMs) };
}

async function waitUntilListening(child: ChildProcess): Promise<StoragePorts> {
  const found: { -readonly [service in keyof StoragePorts]: number } = { ...NO_PORTS };
  const output: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(deadline);
      reject(new Error(`Azurite ${what}. It said:\n${output.join('\n') || '(nothing)'}`));
    };
    const deadline = setTimeout(
      () => fail(`did not listen within ${START_DEADLINE_MS / 1000} s`),
      START_DEADLINE_MS,
    );
    const readLine = (line: string): void => {
      output.push(line);
      const match = LISTENING.exec(line);
      const service = SERVICES.find((name) => name === match?.[1]?.toLowerCase());
      if (match === null || service === undefined) return;
      found[service] = Number(match[2]);
      if (found.blob > 0 && found.queue > 0 && found.table > 0) {
        clearTimeout(deadline);
        resolve(found);
      }
    };
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    // `close`, not `exit`: what it said last is read by then.
    child.once('close', (code, signal) => fail(`ended with ${signal ?? `code ${code}`} before it listened`));
    for (const stream of [child.stdout, child.stderr]) {
      // Read on after the start too: a full pipe would stop the child.
      if (stream !== null) createInterface({ input: stream }).on('line', readLine);
    }
  });
}

async function stop(child: ChildProcess, ended: Promise<void>, inMemory: boolean): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (inMemory || !child.connected) {
    child.kill('SIGKILL');
    return ended;
  }
  // Its timers keep an Azurite that has closed all its services alive for seconds: its own word that it wrote all is enough.
  const closed = new Set<string>();
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.endsWith('successfully closed') && closed.add(line).size === SERVICES.length)
        child.kill('SIGKILL');
    });
  }
  // Azurite's own way to be told, the same on every platform.
  child.send('shutdown');
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(deadline);
}

function connectionString(ports: StoragePorts): string {
  const endpoint = (service: string, port: number): string =>
    `${service}Endpoint=http://127.0.0.1:${port}/${ACCOUNT}`;
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    endpoint('Blob', ports.blob),
    endpoint('Queue', ports.queue),
    endpoint('Table', ports.table),
  ].join(';');
}
