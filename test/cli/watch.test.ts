/** `hve watch` while the app is not always there. */
import { tmpdir } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { hveInProcess } from './runHve.ts';
import { startAnswering, type Answering, type Said } from './startAnswering.ts';

let app: Answering | undefined;
afterEach(() => app?.stop());

const operation = (status: string): Said => ({
  body: { id: 'x', status, counts: { recipients: 1, accepted: 1, failed: 0, unknown: 0, waiting: 0 } },
});
const AWAY: Said = {
  status: 503,
  body: { title: 'Storage does not answer', detail: 'later', code: 'unavailable' },
};

async function watch(looks: readonly Said[]) {
  let at = 0;
  app = await startAnswering(({ path }) =>
    path.startsWith('/api/operations/')
      ? looks[Math.min(at++, looks.length - 1)]!
      : { status: 403, body: null },
  );
  const delays: number[] = [];
  const sleep = async (ms: number): Promise<void> => void delays.push(ms);
  const place = { cwd: tmpdir(), env: { HVE_URL: app.url, HVE_KEY: 'producer' }, sleep };
  return { ...(await hveInProcess(['watch', 'x'], place)), delays };
}

it('bridges an outage, and tells each new status once', async () => {
  const { exitCode, stdout, stderr } = await watch([
    operation('queued'),
    AWAY,
    AWAY,
    operation('queued'),
    operation('sending'),
    operation('sent'),
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'x\tsent\n' });
  expect(stderr).toBe('x queued\nx sending\nx sent\n');
});

it('gives up after ten looks in a row without an answer, and looks ever more seldom', async () => {
  const { exitCode, stdout, stderr, delays } = await watch([AWAY]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
  expect(stderr).toContain('Storage does not answer');
  expect(delays).toHaveLength(9);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect(Math.max(...delays)).toBeLessThanOrEqual(5000);
});

it.each([
  ['sent', 0],
  ['captured', 0],
  ['partially_sent', 1],
  ['failed', 1],
  ['expired', 1],
  ['rejected', 1],
  ['canceled', 1],
  ['held', 6],
  ['scheduled', 6],
])('ends at %s with exit code %i', async (status, code) => {
  expect(await watch([operation(status)])).toMatchObject({ exitCode: code, stdout: `x\t${status}\n` });
});

it('ends at once where there is no such message', async () => {
  const { exitCode, delays } = await watch([{ status: 404, body: { title: 'Not found', detail: 'x' } }]);
  expect({ exitCode, delays }).toEqual({ exitCode: 4, delays: [] });
});
