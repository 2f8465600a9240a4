/**
 * A process of a benchmark, and calls to it: JSON over the IPC channel. It ends with this process, however this one ends.
 * The other side is `serveCalls.ts`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Call {
  readonly call: number;
  readonly name: string;
  readonly argument: unknown;
}

/** Of the call with that number. */
export type Answer =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly error: string };

/** It ended before it answered: what was asked of it may have been done, or not, or half. */
export class ProcessEnded extends Error {}

export interface RemoteProcess {
  /** Rejects with what it threw, or `ProcessEnded`. */
  call<T>(name: string, argument?: unknown): Promise<T>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** What `bundleProcess` has made has it already. */
const DIE_WITH_PARENT = ['--import', new URL('../local/dieWithParent.ts', import.meta.url).href];

/** `env`: over the environment of this process, which the settings of the app are taken out of. */
export function startProcess(file: URL, env: Readonly<Record<string, string>> = {}): RemoteProcess {
  const child = spawn(
    process.execPath,
    [...(file.pathname.endsWith('.ts') ? DIE_WITH_PARENT : []), fileURLToPath(file)],
    // Nobody's own settings of the app have a part in it.
    { env: { ...withoutAppSettings(process.env), ...env }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let calls = 0;
  let hasEnded = false;
  const fail = (why: string): void => {
    hasEnded = true;
    for (const { reject } of waiting.values()) reject(new ProcessEnded(why));
    waiting.clear();
  };
  child.once('error', (error) => fail(`the process could not be started: ${error.message}`));
  child.once('exit', (code, signal) => fail(`the process ended with ${signal ?? `code ${code}`}`));
  child.on('message', (answer: Answer) => {
    const caller = waiting.get(answer.call);
    waiting.delete(answer.call);
    if ('error' in answer) caller?.reject(new Error(answer.error));
    else caller?.resolve(answer.result);
  });
  return {
    async call<T>(name: string, argument: unknown = null): Promise<T> {
      if (hasEnded) throw new ProcessEnded('the process has ended');
      const call = ++calls;
      const answered = new Promise<unknown>((resolve, reject) => waiting.set(call, { resolve, reject }));
      // A channel that closes under it is told by `exit`.
      child.send({ call, name, argument } satisfies Call, () => undefined);
      return (await answered) as T;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function withoutAppSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HVE_')));
}
