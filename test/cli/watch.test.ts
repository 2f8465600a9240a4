/** `hve watch` while the app is not always there. */
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
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

/** What a producer is told, who may read no messages. */
const FORBIDDEN: Said = { status: 403, body: null };

async function watch(looks: readonly Said[], message: () => Said = () => FORBIDDEN, args: string[] = []) {
  let at = 0;
  app = await startAnswering(({ path }) =>
    path.startsWith('/api/operations/') ? looks[Math.min(at++, looks.length - 1)]! : message(),
  );
  const delays: number[] = [];
  let nowMs = 0;
  const sleep = async (ms: number): Promise<void> => {
    delays.push(ms);
    nowMs += ms;
  };
  const env = { HVE_URL: app.url, HVE_KEY: 'key' };
  const place = { cwd: tmpdir(), env, sleep, now: () => nowMs };
  return { ...(await hveInProcess(['watch', 'x', ...args], place)), delays };
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

describe('what it waits for', () => {
  const waiting = (waitsFor: string | null, nextAttemptAt: string | null): Said => ({
    body: {
      ...Object.fromEntries(['id', 'app', 'from', 'subject', 'priority'].map((name) => [name, 'x'])),
      status: 'deferred',
      createdAt: '2026-11-24T08:00:00.000Z',
      updatedAt: '2026-11-24T08:00:00.000Z',
      waitsFor,
      nextAttemptAt,
      counts: { recipients: 1, accepted: 0, failed: 0, unknown: 0, waiting: 1 },
      problems: [],
      recipients: [],
      deliveries: [],
    },
  });
  const looks = [operation('queued'), ...Array<Said>(30).fill(operation('deferred')), operation('sent')];

  it('stands in words in the progress, with the instant at which it goes on', async () => {
    const { stderr } = await watch(looks, () => waiting('quota:tenant', '2026-11-25T00:00:00.000Z'));
    expect(stderr).toBe(
      [
        'x queued',
        'x deferred, waits for the limit of all recipients, and goes on at 2026-11-25 00:00:00Z',
        'x sent\n',
      ].join('\n'),
    );
  });

  it('is asked for once a minute, and told again where it is another thing', async () => {
    let asked = 0;
    const { stderr, delays } = await watch(looks, () => {
      asked++;
      return asked === 1
        ? waiting('account:hve@contoso.com', '2026-11-24T08:01:00.000Z')
        : waiting('tenant', null);
    });
    expect(stderr).toBe(
      [
        'x queued',
        'x deferred, waits for the account hve@contoso.com, and is tried again at 2026-11-24 08:01:00Z',
        'x deferred, waits for the tenant, which sends nothing now',
        'x sent\n',
      ].join('\n'),
    );
    const minutes = delays.reduce((sum, ms) => sum + ms, 0) / 60_000;
    // Once more at the end, for the outcome.
    expect(asked).toBeLessThanOrEqual(Math.ceil(minutes) + 1);
  });

  it.each<[string, Said]>([
    ['a producer may not read', FORBIDDEN],
    ['the app cannot say now', AWAY],
    ['makes no sense', { body: { status: 'deferred' } }],
  ])('is left out where it is what %s', async (_, said) => {
    let asked = 0;
    const { exitCode, stderr } = await watch(looks, () => (asked++ === 0 ? said : FORBIDDEN));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'x queued\nx deferred\nx sent\n' });
  });

  it('does not keep it from ending in time', async () => {
    const { exitCode, stdout } = await watch([operation('deferred')], () => AWAY, ['--timeout', '30']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: 'x\tdeferred\n' });
  });
});
