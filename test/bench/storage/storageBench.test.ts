import { expect, test, vi } from 'vitest';
import { bench } from '../../../bench/storage/bench.ts';
import { countPath } from '../../../bench/storage/countPath.ts';
import { PATHS } from '../../../bench/storage/paths.ts';
import { startStorage } from '../../../bench/startStorage.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../tools.ts';

/** Azurite starts, and each way begins anew: seconds, on a busy machine a few times that. */
vi.setConfig({ testTimeout: 240_000 });

test('every way of a message costs exactly the storage operations that are promised', async () => {
  const lines: string[] = [];
  const { figures, isGood } = await bench.run(['--messages', '3'], (line) => lines.push(line));
  expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([]);
  expect(isGood).toBe(true);
  expect(figures).toMatchObject({ outbox_operations: 2, http_operations: 5 });
});

test('an operation more than promised is found', async () => {
  const storage = await startStorage();
  try {
    const outbox = PATHS.find(({ name }) => name === 'outbox')!;
    const { own, problems } = await countPath({ ...outbox, promised: 1 }, 2, storage, 'control');
    expect(own).toBe(2);
    expect(problems).toEqual([
      'outbox: 4 operations for 2 messages, docs/architecture.md promises 2 (store.insert 1, store.replace 1)',
    ]);
  } finally {
    await storage.stop();
  }
});

test('architecture.md says what is promised', () => {
  const page = readFileSync(join(projectRoot, 'docs', 'architecture.md'), 'utf8');
  for (const { name, promised, said = String(promised) } of PATHS) {
    expect(page).toContain(`| ${name} | ${said} |`);
  }
});
