import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { pauseProcess } from '../../../local/chaos/pauseProcess.ts';

let child: ChildProcess | undefined;

afterEach(() => void child?.kill('SIGKILL'));

/** For this long after a process was told to stop it may still be in the middle of a line. */
const STOPS_WITHIN_MS = 100;
const PAUSE_MS = 1000;

interface Talker {
  readonly pid: number;
  /** When it wrote each line, by the clock that it and we have in common. */
  readonly saidAt: readonly number[];
  next(): Promise<unknown>;
}

/** A process that says every few milliseconds what time it is. */
async function startTalker(): Promise<Talker> {
  child = spawn(process.execPath, ['-e', 'setInterval(() => console.log(Date.now()), 5)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout! });
  const saidAt: number[] = [];
  lines.on('line', (line) => saidAt.push(Number(line)));
  await once(lines, 'line');
  return { pid: child.pid!, saidAt, next: async () => once(lines, 'line') };
}

test.skipIf(process.platform === 'win32')(
  'a paused process stands still, and goes on by itself',
  async () => {
    const talker = await startTalker();
    const pausing = pauseProcess(talker.pid, PAUSE_MS, new AbortController().signal);
    const stoppedAt = Date.now();
    await pausing;
    const resumedAt = Date.now();
    // What it wrote before may be heard only now; so each line is held against the time at which it was written.
    await expect.poll(() => talker.saidAt.at(-1)).toBeGreaterThanOrEqual(resumedAt);
    const meanwhile = talker.saidAt.filter(
      (at) => at > stoppedAt + STOPS_WITHIN_MS && at < stoppedAt + PAUSE_MS - STOPS_WITHIN_MS,
    );
    expect(meanwhile).toEqual([]);
  },
);

test.skipIf(process.platform === 'win32')(
  'an aborted pause ends at once',
  // Far below the pause: one that went on to its end would be found.
  { timeout: 60_000 },
  async () => {
    const talker = await startTalker();
    await expect(pauseProcess(talker.pid, 600_000, AbortSignal.timeout(50))).resolves.toBeUndefined();
    await talker.next();
  },
);

test('negative control: a process that has ended is no failure', async () => {
  const { pid } = await startTalker();
  child!.kill('SIGKILL');
  await once(child!, 'exit');
  await expect(pauseProcess(pid, 1, new AbortController().signal)).resolves.toBeUndefined();
});
