import type { HostConfig } from '../host/hostConfig.ts';
import { spawnHost } from '../host/spawnHost.ts';
import type { HostProcess } from '../host/spawnHost.ts';
import { keepRunning } from './keepRunning.ts';
import type { Kept } from './keepRunning.ts';

/** The place of one functions host; the process in it changes when it dies. */
export interface HostSlot {
  /** From 1. */
  readonly number: number;
  /** null while it is being started again. */
  host(): HostProcess | null;
}

export interface KeepHostsOptions {
  readonly count: number;
  readonly config: HostConfig;
  /** The app's settings. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (host: number, line: string) => void;
  readonly onChange: () => void;
  readonly say: (line: string) => void;
}

export interface KeptHosts {
  readonly slots: readonly HostSlot[];
  /** All at once; what runs in them is let finish. */
  stop(): Promise<void>;
}

/** A host gives its functions ten seconds and then ends; one that does not is stuck. */
const STOP_DEADLINE_MS = 15_000;

/** Starts the hosts at once; rejects if one of them does not come up, and then leaves none behind. */
export async function keepHosts(options: KeepHostsOptions): Promise<KeptHosts> {
  const numbers = Array.from({ length: options.count }, (_, index) => index + 1);
  const started = await Promise.allSettled(numbers.map(async (number) => keepHost(number, options)));
  const kept = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(kept.map(async (one) => one.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { slots: kept.map((one, index) => ({ number: index + 1, host: () => one.current() })), stop };
}

async function keepHost(number: number, options: KeepHostsOptions): Promise<Kept<HostProcess>> {
  const { config, env, onLine, onChange, say } = options;
  return keepRunning({
    name: `Functions host ${number}`,
    start: async () => {
      const host = await spawnHost({ config, env, onLine: (line) => onLine(number, line) });
      return { ...host, stop: async () => stopInTime(host) };
    },
    onChange,
    say,
  });
}

async function stopInTime(host: HostProcess): Promise<void> {
  const deadline = setTimeout(() => host.kill(), STOP_DEADLINE_MS);
  await host.stop();
  clearTimeout(deadline);
}
