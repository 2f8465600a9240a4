import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** From the start of the process. */
export interface Moment {
  readonly ms: number;
  /** User and system, of all its threads. */
  readonly cpuMs: number;
  /** What was loaded by then; of CommonJS only. */
  readonly files: readonly string[];
}

export interface Start {
  readonly functions: number;
  readonly registered: Moment;
  /** The handler of the item has returned. */
  readonly handled: Moment;
}

export interface Item {
  readonly id: string;
  readonly text: string;
  readonly insertedAt: string;
}

type Told = Omit<Moment, 'ms'> & { readonly at: number } & (
    | { readonly what: 'registered'; readonly functions: number }
    | { readonly what: 'handled'; readonly error: string | null }
  );

const WORKER = fileURLToPath(new URL('workerProcess.cjs', import.meta.url));
/** A start takes a second; on a machine under load in several times that. */
const DEADLINE_MS = 60_000;

/** A fresh process that loads the app and hands the item to it. `app` null: nothing is loaded, and both moments are the same. */
export async function startInstance(
  app: string | null,
  item: Item,
  env: Readonly<Record<string, string>>,
): Promise<Start> {
  const spawnedAt = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [WORKER, ...(app === null ? [] : [app, JSON.stringify(item)])], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const told: Told[] = [];
  child.on('message', (message: Told) => told.push(message));
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  await once(child, 'close');
  clearTimeout(deadline);

  const momentOf = ({ at, cpuMs, files }: Told): Moment => ({ ms: at - spawnedAt, cpuMs, files });
  const registered = told.find((message) => message.what === 'registered');
  if (registered === undefined) throw new Error(`${app ?? 'the empty process'} registered nothing`);
  const handled = told.find((message) => message.what === 'handled');
  if (app !== null && handled === undefined) throw new Error(`${app} did not handle its item`);
  if (handled !== undefined && handled.error !== null) throw new Error(handled.error);
  return {
    functions: registered.functions,
    registered: momentOf(registered),
    handled: momentOf(handled ?? registered),
  };
}
