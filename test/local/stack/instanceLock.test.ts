import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { AlreadyRunning, lockInstance } from '../../../local/stack/instanceLock.ts';

const dirs: string[] = [];
function makeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hve-lock-'));
  dirs.push(dir);
  return dir;
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** Another process that holds the lock. */
async function holdElsewhere(dir: string) {
  const lock = new URL('../../../local/stack/instanceLock.ts', import.meta.url).href;
  const script = `const { lockInstance } = await import(${JSON.stringify(lock)}); await lockInstance(${JSON.stringify(dir)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  await once(createInterface(child.stdout), 'line');
  return {
    pid: child.pid,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

test('one instance has the state, another is refused and told by whom, until the first lets go', async () => {
  const dir = makeDir();
  const other = await holdElsewhere(dir);
  try {
    const refused = lockInstance(dir);
    await expect(refused).rejects.toThrow(AlreadyRunning);
    await expect(refused).rejects.toMatchObject({ pid: other.pid });
  } finally {
    await other.kill();
  }
  // Killed, it has left its file behind: that keeps nobody out.
  const lock = await lockInstance(dir);
  await lock.release();
  expect(readdirSync(dir)).toEqual([]);
});

test('of many that want it at once one gets it', async () => {
  const dir = makeDir();
  // What a killed instance has left.
  const old = { pid: 1, port: 1, token: 'gone', children: [] };
  writeFileSync(join(dir, 'instance.json'), JSON.stringify(old));
  const results = await Promise.allSettled(Array.from({ length: 8 }, async () => lockInstance(dir)));
  const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(locks).toHaveLength(1);
  await locks[0]!.release();
});

test('one that is stopping is waited for', async () => {
  const dir = makeDir();
  const first = await lockInstance(dir);
  first.sayStopping();
  const second = lockInstance(dir);
  const done = second.then(() => 'taken');
  expect(await Promise.race([done, Promise.resolve('waits')])).toBe('waits');
  await first.release();
  const lock = await second;
  await lock.noteChildren([123]);
  expect(JSON.parse(readFileSync(join(dir, 'instance.json'), 'utf8'))).toMatchObject({ children: [123] });
  await lock.release();
});
