import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a server in the foreground until its standard input ends: so it goes with us, in whatever way we end. `$1` is what
 * it is told to end by, empty: the signal TERM; the rest is the server with its arguments.
 */
const KEEP = `stop=$1; shift
"$@" &
cat >/dev/null
if [ -n "$stop" ]; then sh -c "$stop"; else kill $!; fi
wait $!`;

const KILL_AFTER_MS = 20_000;

export interface DaemonOptions {
  readonly command: readonly [string, ...string[]];
  /** A shell's line that ends it in order; null: it does that on TERM. */
  readonly stop: string | null;
  /** Who runs it; default: we. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface Daemon {
  /** Its standard output and error so far. */
  output(): string;
  isRunning(): boolean;
  stop(): Promise<void>;
}

export function startDaemon({ command, stop, user }: DaemonOptions): Daemon {
  let output = '';
  // A process group of its own, so that whatever it has started can be ended with it.
  const child = spawn('sh', ['-c', KEEP, 'sh', stop ?? '', ...command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...user,
  });
  const ended = once(child, 'close');
  const note = (chunk: Buffer): void => {
    output += chunk.toString('latin1');
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  child.stdin.on('error', () => undefined);
  return {
    output: () => output,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop: async () => {
      child.stdin.end();
      const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), KILL_AFTER_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
