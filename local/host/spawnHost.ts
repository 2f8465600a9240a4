import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AppSettings } from './appSettings.ts';
import { hostReadySchema, STOP_MESSAGE } from './hostConfig.ts';
import type { HostConfig, HostReady } from './hostConfig.ts';

export interface SpawnHostOptions {
  readonly config: HostConfig;
  /** The whole environment of the process: the app's settings, HVE_LOCAL_… among them. */
  readonly env: AppSettings;
  /** Gets every line that the host and the app print. */
  readonly onLine: (line: string) => void;
}

export interface HostProcess extends Omit<HostReady, 'type'> {
  readonly pid: number;
  /** Settles when the process has ended, with why. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Lets it finish what runs, within its grace, and settles when it has ended. */
  stop(): Promise<void>;
  /** Ends it on the spot, like a power cut. */
  kill(): void;
}

/** The host loads the app and asks Storage for nothing before it is up: seconds, on a machine under load more. */
const START_DEADLINE_MS = 60_000;

/** Starts a functions host in a process of its own and resolves when its HTTP server listens; rejects with what it said. */
export async function spawnHost({ config, env, onLine }: SpawnHostOptions): Promise<HostProcess> {
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--import',
      new URL('../dieWithParent.ts', import.meta.url).href,
      '--import',
      new URL('../shiftClock.ts', import.meta.url).href,
      fileURLToPath(new URL('./main.ts', import.meta.url)),
      JSON.stringify(config),
    ],
    {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Not in the terminal's process group: Ctrl-C reaches the parent only, which then stops all in order.
      detached: process.platform !== 'win32',
    },
  );
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    // `close`, not `exit`: what it said last is read by then.
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  const ready = await waitUntilReady(child, onLine);
  return {
    ...ready,
    pid: child.pid ?? 0,
    ended,
    stop: async () => {
      if (child.connected) child.send(STOP_MESSAGE);
      await ended;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

async function waitUntilReady(
  child: ChildProcess,
  onLine: (line: string) => void,
): Promise<Omit<HostReady, 'type'>> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(deadline);
      starting = false;
    };
    const fail = (what: string): void => {
      if (!starting) return;
      settle();
      child.kill('SIGKILL');
      reject(new Error(`The functions host ${what}. It said:\n${said.join('\n') || '(nothing)'}`));
    };
    let starting = true;
    const deadline = setTimeout(
      () => fail(`was not up within ${START_DEADLINE_MS / 1000} s`),
      START_DEADLINE_MS,
    );
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (starting) said.push(line);
        onLine(line);
      });
    }
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => fail(`ended with ${signal ?? `code ${code}`}`));
    child.on('message', (message) => {
      const ready = hostReadySchema.safeParse(message);
      if (!ready.success) return;
      settle();
      const { port, functions, errors } = ready.data;
      resolve({ port, functions, errors });
    });
  });
}
