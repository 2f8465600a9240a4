/** `hve redrive --dry-run` where a limit has no room for all of it. */
import { tmpdir } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { hveInProcess } from './runHve.ts';
import { startAnswering, type Answering } from './startAnswering.ts';

let app: Answering | undefined;
afterEach(() => app?.stop());

/** Two calls: the first says where the second goes on. */
async function dryRun(remaining: number, ...more: readonly string[]) {
  let calls = 0;
  app = await startAnswering(() => {
    const isFirst = calls++ === 0;
    const quota = [
      { scope: 'tenant', recipients: 1000, remaining },
      { scope: 'app:payroll', recipients: 1000, remaining: 5000 },
    ];
    const body = { count: 1000, dryRun: true, skipped: [], quota, ...(isFirst && { cursor: 'next' }) };
    return { status: 202, body };
  });
  const place = { cwd: tmpdir(), env: { HVE_URL: app.url, HVE_KEY: 'key' } };
  return hveInProcess(['redrive', '--all', '--dry-run', ...more], place);
}

it('names the limit, with what would count against it over all calls', async () => {
  const { stdout } = await dryRun(1500);
  expect(stdout).toBe('would_go\t2000\nquota\ttenant\t2000\t1500\n');
});

it('says nothing of limits that have room', async () => {
  expect((await dryRun(2000)).stdout).toBe('would_go\t2000\n');
});

it('has all of them as JSON', async () => {
  expect(JSON.parse((await dryRun(2000, '--json')).stdout)).toEqual({
    count: 2000,
    dryRun: true,
    skipped: [],
    quota: [
      { scope: 'tenant', recipients: 2000, remaining: 2000 },
      { scope: 'app:payroll', recipients: 2000, remaining: 5000 },
    ],
  });
});
