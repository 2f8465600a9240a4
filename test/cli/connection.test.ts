/** As whom `hve` calls: what it sends of keys and tokens, and what it has az do for one. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hveInProcess } from './runHve.ts';
import { startAnswering, type Answering } from './startAnswering.ts';

let app: Answering;
beforeEach(async () => {
  app = await startAnswering(() => ({ body: { items: [] } }));
});
afterEach(() => app.stop());

const APPLICATION = 'api://00000000-0000-0000-0000-000000000000';

async function call(args: readonly string[], env: Record<string, string> = {}, az?: () => Promise<string>) {
  const asked: (readonly string[])[] = [];
  const run = async (program: string, given: readonly string[]): Promise<string> => {
    asked.push([program, ...given]);
    return az === undefined ? Promise.reject(new Error('az is not installed')) : az();
  };
  const place = { cwd: tmpdir(), env: { HVE_URL: app.url, ...env }, run };
  return { ...(await hveInProcess(['accounts', ...args], place)), asked };
}

it('sends a key as the header that Functions reads, from the environment or an option, which wins', async () => {
  await call([], { HVE_KEY: 'from-environment' });
  await call(['--key', 'from-option'], { HVE_KEY: 'from-environment' });
  expect(app.heard.map(({ headers }) => headers['x-functions-key'])).toEqual([
    'from-environment',
    'from-option',
  ]);
});

it('sends a token as Authorization, without what a paste brought along', async () => {
  await call([], { HVE_TOKEN: ' ey.J.token\n' });
  expect(app.heard[0]?.headers.authorization).toBe('Bearer ey.J.token');
});

it('refuses a key that no header takes, without repeating it', async () => {
  const { exitCode, stderr } = await call(['--key', 'two words']);
  expect({ exitCode, heard: app.heard }).toEqual({ exitCode: 2, heard: [] });
  expect(stderr).not.toContain('two words');
});

it('has az fetch a token for an application, and says what to try where it cannot', async () => {
  const { asked, exitCode } = await call(['--entra', APPLICATION], {}, async () => 'ey.from.az\n');
  expect(exitCode).toBe(0);
  expect(asked).toEqual([
    ['az', 'account', 'get-access-token', '--resource', APPLICATION, '--query', 'accessToken', '-o', 'tsv'],
  ]);
  expect(app.heard[0]?.headers.authorization).toBe('Bearer ey.from.az');
  const without = await call(['--entra', APPLICATION]);
  expect(without).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('az is not installed') });
});

it('gives az nothing that a shell would take for more than a word', async () => {
  const { asked, exitCode } = await call(['--entra', 'api://x & calc'], {}, async () => 'token');
  expect({ asked, exitCode }).toEqual({ asked: [], exitCode: 2 });
});

it('takes a token that is there over asking az', async () => {
  const { asked } = await call(['--entra', APPLICATION], { HVE_TOKEN: 'mine' });
  expect(asked).toEqual([]);
  expect(app.heard[0]?.headers.authorization).toBe('Bearer mine');
});

it('takes the local stack from a file here or above, with its own key and never that of the environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hve-local-'));
  try {
    const local = join(folder, '.local');
    const below = join(folder, 'a', 'b');
    await mkdir(local);
    await mkdir(below, { recursive: true });
    await writeFile(join(local, 'endpoints.json'), JSON.stringify({ functions: app.url }));
    const env = { HVE_KEY: 'of-another-app', HVE_TOKEN: 'of-another-app' };
    await hveInProcess(['accounts'], { cwd: below, env });
    await writeFile(join(local, 'keys.json'), JSON.stringify({ host: { default: 'its-own' } }));
    await hveInProcess(['accounts'], { cwd: below, env });
    await hveInProcess(['accounts', '--key', 'given'], { cwd: below, env });
    expect(app.heard.map(({ headers }) => headers['x-functions-key'])).toEqual([
      undefined,
      'its-own',
      'given',
    ]);
    expect(app.heard.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);

    await writeFile(
      join(local, 'endpoints.json'),
      JSON.stringify({ functions: 'https://mailer.contoso.com' }),
    );
    const { exitCode, stderr } = await hveInProcess(['accounts', '--key', 'given'], { cwd: below, env });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('not on this machine'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
