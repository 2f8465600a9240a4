/** What `hve doctor` sees from outside, over HTTPS with a certificate that this process trusts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCertificates } from '../../local/certificates.ts';
import { trustCertificates } from '../local/keyVault/trustCertificates.ts';
import { hveInProcess } from './runHve.ts';
import { startAnswering, type Answering, type Said } from './startAnswering.ts';

const DAY_MS = 86_400_000;
const WELL = { status: 'ok', checks: [{ name: 'configuration', status: 'ok', cause: null, remedy: null }] };

let trusted: Awaited<ReturnType<typeof trustCertificates>>;
let app: Answering;
/** What the app answers for a path; else all is well. */
let answers: Record<string, Said> = {};

beforeAll(async () => {
  trusted = await trustCertificates();
  app = await startAnswering(
    ({ path }) => answers[path] ?? { body: path === '/api/health' ? WELL : { items: [] } },
    trusted,
  );
});
afterAll(async () => {
  app?.stop();
  await trusted?.forget();
});

interface Finding {
  readonly name: string;
  readonly status: string;
  readonly cause: string | null;
  readonly remedy: string | null;
  readonly detail: string | null;
}

async function examine(with_: { answers?: Record<string, Said>; url?: string; now?: () => number } = {}) {
  answers = with_.answers ?? {};
  const { stdout, exitCode } = await hveInProcess(['doctor', '--json'], {
    cwd: tmpdir(),
    env: { HVE_URL: with_.url ?? app.url, HVE_KEY: 'key' },
    ...(with_.now === undefined ? {} : { now: with_.now }),
  });
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  return { exitCode, checks, find: (name: string) => checks.find((check) => check.name === name) };
}

describe('from outside', () => {
  it('says how long the certificate lasts, that it answers, and as whom it lets in', async () => {
    const { exitCode, checks, find } = await examine();
    expect(exitCode).toBe(0);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(find('app certificate')?.detail).toMatch(/^\d+ days left \(until \d{4}-\d\d-\d\d\)$/);
    expect(find('key')?.detail).toBe('accepted, as an operator');
  });

  it('warns of a certificate that ends within two weeks', async () => {
    const left = Number.parseInt((await examine()).find('app certificate')?.detail ?? '', 10);
    const { find } = await examine({ now: () => Date.now() + (left - 5) * DAY_MS });
    expect(find('app certificate')).toMatchObject({
      status: 'degraded',
      cause: expect.stringMatching(/ends soon: [45] days left/),
    });
  });

  it('ends at a certificate that is not trusted, and sends no key there', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hve-not-trusted-'));
    const stranger = await startAnswering(() => ({ body: {} }), await ensureCertificates(dir));
    try {
      const { exitCode, checks } = await examine({ url: stranger.url });
      expect(exitCode).toBe(3);
      expect(checks.at(-1)).toMatchObject({
        name: 'app certificate',
        status: 'failing',
        cause: expect.stringContaining('not trusted'),
        remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      });
      expect(stranger.heard).toEqual([]);
    } finally {
      stranger.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('says of an address at which nothing listens that it does not answer, and nothing of its certificate', async () => {
    const { checks } = await examine({ url: 'https://127.0.0.1:9' });
    expect(checks.at(-1)).toMatchObject({ name: 'app answers', status: 'failing' });
    expect(checks.map(({ name }) => name)).not.toContain('app certificate');
  });

  it("compares this machine's clock with the app's", async () => {
    const headers = {
      // When it answers, however long that takes.
      get date() {
        return new Date(Date.now() - 10 * 60_000).toUTCString();
      },
    };
    const { find, exitCode } = await examine({ answers: { '/api/health': { body: WELL, headers } } });
    expect(find('clock here')).toMatchObject({
      status: 'degraded',
      cause: expect.stringMatching(/^this machine's clock is (?:599|60\d) s ahead of the app's$/),
    });
    expect(exitCode).toBe(0);
  });

  it('tells an address that is something else, and one that wants somebody to sign in', async () => {
    const nothing = await examine({ answers: { '/api/health': { status: 404, body: null } } });
    expect(nothing).toMatchObject({ exitCode: 3 });
    expect(nothing.checks.at(-1)).toMatchObject({
      name: 'app answers',
      cause: expect.stringContaining('no /api/health'),
    });
    const location = 'https://login.contoso.com/';
    const moved = await examine({
      answers: { '/api/health': { status: 302, headers: { location }, body: null } },
    });
    expect(moved.checks.at(-1)).toMatchObject({
      status: 'failing',
      remedy: expect.stringContaining('--entra'),
    });
  });

  it('shows the checks of an app that cannot send, with exit code 1', async () => {
    const check = {
      name: 'smtp port',
      status: 'failing',
      cause: 'nothing lets 587 out',
      remedy: 'let it out',
    };
    const failing: Said = { status: 503, body: { status: 'failing', checks: [check] } };
    const { exitCode, find } = await examine({ answers: { '/api/health': failing } });
    expect(exitCode).toBe(1);
    expect(find('smtp port')).toMatchObject({ status: 'failing', remedy: 'let it out' });
  });
});
