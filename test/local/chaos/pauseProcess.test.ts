import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { pauseProcess } from '../../../local/chaos/pauseProcess.ts';

let child: ChildProcess | undefined;

afterEach(() => void child?.kill('SIGKILL'));

/** A process that says something every few milliseconds. */
async function startTalker(): Promise<{ pid: number; next(): Promise<unknown>; count(): number }> {
  child = spawn(process.execPath, ['-e', 'setInterval(() => console.log(1), 5)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout! });
  let count = 0;
  lines.on('line', () => count++);
  await once(lines, 'line');
  return { pid: child.pid!, next: async () => once(lines, 'line'), count: () => count };
}

test.skipIf(process.platform === 'win32')(
  'a paused process stands still, and goes on by itself',
  async () => {
    const talker = await startTalker();
    const before = talker.count();
    await pauseProcess(talker.pid, 400, new AbortController().signal);
    // 400 ms are 80 lines; those that were written before it stopped may still come.
    expect(talker.count() - before).toBeLessThan(30);
    await talker.next();
  },
);

test.skipIf(process.platform === 'win32')('an aborted pause ends at once', async () => {
  const talker = await startTalker();
  const startMs = performance.now();
  await pauseProcess(talker.pid, 60_000, AbortSignal.timeout(50));
  expect(performance.now() - startMs).toBeLessThan(10_000);
  await talker.next();
});

test('negative control: a process that has ended is no failure', async () => {
  const { pid } = await startTalker();
  child!.kill('SIGKILL');
  await once(child!, 'exit');
  await expect(pauseProcess(pid, 1, new AbortController().signal)).resolves.toBeUndefined();
});
