import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../tools.ts';

function runBench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(projectRoot, 'bench', 'main.ts');
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

test('a benchmark that is not there is answered with those that are', () => {
  const { status, stdout, stderr } = runBench('speed');
  expect(status).toBe(2);
  expect(stderr).toContain('There is no benchmark speed.');
  expect(stderr).toMatch(/npm run bench -- quota {3}\S/);
  expect(stdout).toBe('');
});

test('without a name the benchmarks are listed', () => {
  const { status, stderr } = runBench();
  expect(status).toBe(2);
  expect(stderr).toContain('npm run bench -- quota');
});

test('--help of a benchmark shows its options', () => {
  const { status, stdout } = runBench('quota', '--help');
  expect(status).toBe(0);
  expect(stdout).toContain('--kills N');
});

test('an argument that makes no sense is named, with the options', () => {
  const { status, stderr } = runBench('quota', '--limit', 'many');
  expect(status).toBe(2);
  expect(stderr).toContain('--limit takes a whole number from 100 to 1000000, not "many".');
  expect(stderr).toContain('--kills N');
});
