/** `npx hve` against the local stack: each command in a pipe, what a terminal gets, and what a script goes by. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../cli/commands/all.ts';
import { atNoon, eventually, makeState, nowAtNoon, PATIENCE_MS, startTestStack } from '../e2e/harness.ts';
import type { TestStack, TestState } from '../e2e/harness.ts';
import { hasPrograms } from '../docs/runProgram.ts';
import { hve, hveAtTerminal, hveInProcess, LAUNCHER, run } from './runHve.ts';
import type { HveRun } from './runHve.ts';

vi.setConfig({ testTimeout: 3 * PATIENCE_MS, hookTimeout: 2 * PATIENCE_MS });

/** What a terminal obeys. */
// oxlint-disable-next-line no-control-regex -- that is what is looked for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const REFUSED = '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found';

let state: TestState;
let running: TestStack;
/** A folder of the user's, somewhere below the one with `.local`. */
let cwd = '';
let keys: { readonly host: string; readonly producer: string };

beforeAll(async () => {
  state = await makeState();
  const stateDir = join(state.dir, '.local');
  // A deep look is remembered for 6 s, a sweep comes as often.
  running = await startTestStack(
    { ...state, dir: stateDir },
    { HVE_LOCAL_TIME_SCALE: '10', HVE_LIMIT_RECIPIENTS_PER_DAY: '5000', ...atNoon() },
    { auth: true },
  );
  cwd = join(state.dir, 'somewhere', 'below');
  await mkdir(cwd, { recursive: true });
  const file = JSON.parse(await readFile(join(stateDir, 'keys.json'), 'utf8'));
  keys = { host: file.host.default, producer: file.functions.postMessage.default };
});
afterEach(async () => running?.client.clearFaults());
afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

interface Place {
  readonly env?: Record<string, string>;
  readonly input?: string;
}
/** A process of its own. */
const piped = async (args: readonly string[], place: Place = {}): Promise<HveRun> =>
  hve(args, { cwd, ...place });
/** The same without one, which is ten times as fast. */
const told = async (args: readonly string[], place: Place = {}): Promise<HveRun> =>
  hveInProcess(args, { cwd, ...place });
const shown = async (args: readonly string[], input = '', columns?: number) =>
  hveAtTerminal(args, { cwd, input }, columns);
const json = async <Body = unknown>(args: readonly string[]): Promise<Body> => {
  const { stdout, stderr, exitCode } = await told([...args, '--json']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return JSON.parse(stdout) as Body;
};
const sent = async (subject: string, ...more: readonly string[]): Promise<string> => {
  const { stdout } = await told([
    'send',
    '--to',
    'ann@contoso.com',
    '--subject',
    subject,
    '--text',
    'x',
    ...more,
  ]);
  return stdout.split('\t')[0] ?? '';
};
const functionsUrl = (): string => running.stack.endpoints().functions;

describe('in a pipe', () => {
  it('sends, waits, and tells by stdout and exit code alone', async () => {
    const to = ['--to', 'Ann <ann@contoso.com>', '--to', 'bob@contoso.com'];
    const marks = ['--app', 'tests', '--tag', 'blue', '--reference', 'piped 1'];
    const { exitCode, stdout } = await piped(
      ['send', '--subject', 'piped', '--text', 'x', '--wait'].concat(to, marks),
    );
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^[0-9A-Z]{26}\tsent\n$/),
    });
    const mail = (await running.client.mails()).find(({ subject }) => subject === 'piped');
    expect(mail?.to.toSorted()).toEqual(['ann@contoso.com', 'bob@contoso.com']);
  });

  it('sends the JSON of a message from stdin and from a file, with files; the same key twice is one mail', async () => {
    await writeFile(join(cwd, 'body.html'), '<p>Hello</p>');
    await writeFile(join(cwd, 'report.pdf'), '%PDF-1.7');
    const message = { to: 'ann@contoso.com', subject: 'from json', idempotencyKey: 'cli-1' };
    const args = ['send', '-', '--file', 'body.html', '--attach', 'report.pdf', '--wait'];
    const [one, two] = [
      await piped(args, { input: JSON.stringify(message) }),
      await piped(args, { input: JSON.stringify(message) }),
    ];
    expect(one.exitCode).toBe(0);
    expect(two.stdout).toBe(one.stdout);
    const mails = (await running.client.mails()).filter(({ subject }) => subject === 'from json');
    expect(mails).toHaveLength(1);
    const eml = await running.client.eml(mails[0]!.id);
    expect(eml).toContain('<p>Hello</p>');
    expect(eml).toContain('report.pdf');
  });

  it('lists, pages and searches messages: a heading and one record a line, or JSON', async () => {
    for (const name of ['list one', 'list two', 'list three']) await sent(name, '--app', 'lists');
    const table = await told(['messages', '--app', 'lists', '--limit', '2']);
    const [heading, ...rows] = table.stdout.trimEnd().split('\n');
    expect(heading).toBe('id\tstatus\tcreated\tapp\taccepted\twaits_for\tsubject');
    expect(rows.map((row) => row.split('\t').at(-1))).toEqual(['list three', 'list two']);
    expect(
      (await json<{ subject: string }[]>(['messages', '--app', 'lists', '--all'])).map(
        ({ subject }) => subject,
      ),
    ).toEqual(['list three', 'list two', 'list one']);
    const lines = (await told(['messages', '--app', 'lists', '--jsonl'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).subject)).toHaveLength(3);
    expect(
      (await json<{ subject: string }[]>(['messages', '--search', 'LIST TW'])).map(({ subject }) => subject),
    ).toEqual(['list two']);
  });

  it('shows one message, and its payload fit to be sent again', async () => {
    const id = await sent('to be shown', '--wait');
    const { stdout } = await told(['message', id]);
    expect(stdout).toContain(`message\t${id}\nstatus\tsent\nsubject\tto be shown\n`);
    expect(stdout).toContain('\nann@contoso.com\taccepted\t0');
    const { stdout: payload } = await told(['message', id, '--payload']);
    expect(JSON.parse(payload)).toMatchObject({ subject: 'to be shown' });
    expect(await json(['message', id])).toMatchObject({ id, status: 'sent' });
  });

  it('gives a message that fails exit code 1 with the reason, and sends it again by redrive', async () => {
    await running.client.fault({ reply: REFUSED, stage: 'rcpt', address: 'nobody@contoso.com' });
    const args = [
      'send',
      '--to',
      'nobody@contoso.com',
      '--subject',
      'fails',
      '--text',
      'x',
      '--app',
      'failing',
    ];
    const failed = await told([...args, '--wait', '--json']);
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      status: 'failed',
      recipients: [{ status: 'failed', reply: REFUSED, remedy: 'correct the address' }],
    });
    await told([...args, '--wait']);
    const letters = await json<{ id: string; messageId: string }[]>(['dead-letters', '--app', 'failing']);
    expect(letters).toHaveLength(2);
    expect((await told(['dead-letters', letters[0]!.id])).stdout).toContain(`reason\tfailed`);

    const filter = ['redrive', '--app', 'failing'];
    expect(await told([...filter, '--dry-run'])).toMatchObject({ exitCode: 0, stdout: 'would_go\t2\n' });
    const refused = await told(filter);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    await running.client.clearFaults();
    expect(await told(['redrive', letters[1]!.messageId])).toMatchObject({
      exitCode: 0,
      stdout: 'going\t1\n',
    });
    expect(await told([...filter, '--yes'])).toMatchObject({ exitCode: 0, stdout: 'going\t1\n' });
    expect(await told(['watch', letters[1]!.messageId])).toMatchObject({ exitCode: 0 });
    expect(await told(['redrive', letters[1]!.messageId])).toMatchObject({
      exitCode: 4,
      stdout: expect.stringContaining('wrong_state'),
    });
  });

  it('tells what is not over from what failed, and cancels it', async () => {
    const id = await sent('later', '--send-at', '2099-01-01T00:00:00Z').then(async (empty) => {
      // More than a year ahead: the message is not valid, and nothing is on stdout.
      expect(empty).toBe('');
      return sent('later', '--send-at', new Date(nowAtNoon() + 3_600_000).toISOString());
    });
    expect(await told(['watch', id])).toMatchObject({ exitCode: 6, stdout: `${id}\tscheduled\n` });
    expect(await told(['release', id])).toMatchObject({ exitCode: 4, stdout: '' });
    expect(await told(['cancel', id])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1 delivery stopped'),
    });
    expect(await told(['watch', id])).toMatchObject({ exitCode: 1, stdout: `${id}\tcanceled\n` });
    expect(await told(['cancel', id])).toMatchObject({ exitCode: 4 });
    expect(await told(['message', '0'.repeat(26)])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('there is no message'),
    });
  });

  it('shows the usage, the accounts and an app, and changes what an app may do without forgetting the rest', async () => {
    const { stdout } = await told(['usage']);
    expect(stdout.split('\n')[0]).toBe('scope\tlimit\tused\tleased\tremaining\twaiting\treached_at\tby_hour');
    expect(stdout).toMatch(/^tenant\t5000\t\d+\t/m);
    expect(await json(['usage'])).toMatchObject({ window: { kind: 'calendar' } });
    expect(await json(['usage', '--history', '3'])).toEqual([]);
    expect(await told(['usage', '--day', '2020-01-01'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('2020-01-01'),
    });
    expect(
      (await json<{ address: string; status: string }[]>(['accounts'])).map(({ address, status }) => [
        address,
        status,
      ]),
    ).toEqual([
      ['hve@contoso.com', 'active'],
      ['payroll@contoso.com', 'active'],
    ]);
    await json(['apps', 'newsletter', '--quota', '500', '--highest-priority', 'bulk']);
    expect(await json(['apps', 'newsletter', '--accounts', 'hve@contoso.com'])).toEqual({
      name: 'newsletter',
      quotaPerDay: 500,
      accounts: ['hve@contoso.com'],
      highestPriority: 'bulk',
    });
    expect(await json(['apps', 'newsletter', '--quota', 'none', '--accounts', 'any'])).toMatchObject({
      quotaPerDay: null,
      accounts: null,
    });
  });

  it('pauses and resumes an account, or everything when it is told so', async () => {
    expect(await json(['pause', 'payroll@contoso.com', '--reason', 'audit'])).toMatchObject({
      status: 'paused',
      cause: 'audit',
    });
    const id = await sent('waits', '--from', 'payroll@contoso.com');
    await eventually(
      async () => (await json<{ status: string }>(['message', id])).status,
      (status) => status === 'deferred',
      'it waits',
    );
    expect(await told(['watch', id, '--timeout', '1'])).toMatchObject({
      exitCode: 6,
      stdout: `${id}\tdeferred\n`,
      stderr: expect.stringContaining(`${id} deferred, waits for the account payroll@contoso.com\n`),
    });
    await json(['resume', 'payroll@contoso.com']);
    expect(await told(['watch', id])).toMatchObject({ exitCode: 0, stdout: `${id}\tsent\n` });
    expect(await told(['pause'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--all') });
    await json(['pause', '--all']);
    expect(await told(['health'])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('paused by a person'),
    });
    await json(['resume', '--all']);
    expect(await told(['health'])).toMatchObject({ exitCode: 0 });
  });

  it('erases an address once that is confirmed', async () => {
    const id = await sent('to be erased', '--cc', 'erase.me@contoso.com', '--wait');
    expect(await told(['erase', 'erase.me@contoso.com'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect((await told(['message', id])).stdout).toContain('erase.me@contoso.com');
    const erased = await told(['erase', 'erase.me@contoso.com', '--yes', '--json']);
    // What became final a moment ago follows by itself.
    expect([0, 6]).toContain(erased.exitCode);
    expect(JSON.parse(erased.stdout)).toMatchObject({ complete: erased.exitCode === 0 });
  });

  it('writes no colour, no bar and nothing else that a terminal obeys', async () => {
    for (const args of [
      ['messages'],
      ['usage'],
      ['accounts'],
      ['health'],
      ['dead-letters'],
      ['doctor'],
      ['help'],
    ]) {
      const { stdout, stderr } = await piped(args);
      expect({ args, obeyed: OBEYED.exec(stdout + stderr) }).toEqual({ args, obeyed: null });
    }
    expect((await piped(['accounts'], { env: { FORCE_COLOR: '1' } })).stdout).not.toMatch(OBEYED);
  });

  it('ends quietly where the reader has seen enough', async () => {
    const command = `set -o pipefail; '${process.execPath}' '${LAUNCHER}' help | head -n 1`;
    expect(await run('bash', ['-c', command], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('the command line', () => {
  it('names the command or option that was probably meant', async () => {
    expect(await told(['mesages'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Is messages meant?'),
    });
    expect(await told(['messages', '--sttus', 'x'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--status'),
    });
    expect(await told(['watch'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('needs ID'),
    });
    expect(await told(['messages', '--limit', 'many'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('many'),
    });
    expect(await told(['accounts', '--json', '--jsonl'])).toMatchObject({ exitCode: 2 });
  });

  it('has help for all and for each, and a version', async () => {
    const { stdout } = await told(['help']);
    for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect((await told(['help', 'send'])).stdout).toContain('--attach FILE');
    expect((await told(['send', '--help'])).exitCode).toBe(0);
    expect((await told(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows every problem of a message with where it is, as JSON where that is asked for', async () => {
    const args = ['send', '--to', 'nobody', '--subject', 'x', '--text', 'x'];
    expect(await told(args)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/\/to\/0 {2}address_invalid/),
    });
    const { stderr, exitCode } = await told([...args, '--json']);
    expect(JSON.parse(stderr)).toMatchObject({
      exitCode,
      problem: { status: 400, errors: [{ pointer: '/to/0' }] },
    });
    expect(await told(['send', 'no-such-file.json'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no-such-file.json'),
    });
  });
});

describe('the connection', () => {
  const url = (): string[] => ['--url', functionsUrl()];

  it('takes the URL with and without /api, from an option or the environment', async () => {
    const env = { HVE_KEY: keys.host };
    expect((await told(['accounts', '--url', `${functionsUrl()}/api/`], { env })).exitCode).toBe(0);
    expect((await told(['accounts'], { env: { ...env, HVE_URL: functionsUrl() } })).exitCode).toBe(0);
  });

  it('says that a key is wrong, or missing, without ever showing it', async () => {
    const wrong = await piped(['accounts', ...url(), '--key', 'wrong-key']);
    expect(wrong).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('does not take the key (401)'),
    });
    expect(await piped(['accounts', ...url()])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('HVE_KEY'),
    });
    const runs: HveRun[] = [wrong, await piped(['doctor', ...url(), '--key', 'wrong-key'])];
    runs.push(await piped(['doctor', '--json'], { env: { HVE_URL: functionsUrl(), HVE_KEY: keys.host } }));
    for (const { stdout, stderr } of runs)
      expect(stdout + stderr).not.toMatch(new RegExp(`wrong-key|${keys.host}`));
  });

  it('lets a producer submit and watch, and read nothing', async () => {
    const place = { env: { HVE_URL: functionsUrl(), HVE_KEY: keys.producer } };
    const args = ['send', '--to', 'ann@contoso.com', '--subject', 'producer', '--text', 'x', '--wait'];
    expect(await told(args, place)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('\tsent'),
    });
    expect(await told(['messages'], place)).toMatchObject({ exitCode: 3 });
    expect((await told(['doctor'], place)).stdout).toMatch(/^degraded\tkey\t\taccepted, but as a producer/m);
  });

  it('says that nothing answers', async () => {
    const env = { HVE_URL: 'http://127.0.0.1:9' };
    expect(await told(['accounts'], { env })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('HVE_URL'),
    });
    const { exitCode, stdout } = await told(['doctor', '--json'], { env });
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout).checks.at(-1)).toMatchObject({
      name: 'app answers',
      status: 'failing',
      command: 'npm start',
    });
    expect(await hve(['accounts'], { cwd: '/' })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('HVE_URL'),
    });
  });

  it('refuses http to another machine, and a URL with a key in it', async () => {
    expect(await told(['accounts', '--url', 'http://mailer.contoso.com'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('not encrypted'),
    });
    const { stderr, exitCode } = await told([
      'accounts',
      '--url',
      'https://mailer.contoso.com/api?code=secret',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).not.toContain('secret');
  });
});

describe('doctor', () => {
  interface Finding {
    readonly name: string;
    readonly status: string;
    readonly cause: string | null;
    readonly remedy: string | null;
  }
  const examine = async (
    ...args: readonly string[]
  ): Promise<{ exitCode: number | null; checks: Finding[] }> => {
    const { stdout, exitCode } = await told(['doctor', '--json', ...args]);
    return { exitCode, checks: JSON.parse(stdout).checks };
  };
  const firstFailing = ({ checks }: { readonly checks: readonly Finding[] }) =>
    checks.find(({ status }) => status === 'failing');

  it('goes from outside to inside and finds nothing; a test mail arrives', async () => {
    const found = await eventually(
      async () => examine('--send', 'you@contoso.com'),
      (seen) => firstFailing(seen) === undefined,
      'nothing is failing',
    );
    expect(found.exitCode).toBe(0);
    const names = found.checks.map(({ name }) => name);
    for (const name of [
      'app answers',
      'key',
      'storage queues',
      'smtp certificate',
      'smtp hve@contoso.com',
      'test mail',
    ]) {
      expect(names).toContain(name);
    }
    expect(names.indexOf('key')).toBeLessThan(names.indexOf('storage queues'));
    const mails = (await running.client.mails()).filter(({ to }) => to.includes('you@contoso.com'));
    expect(mails.length).toBeGreaterThan(0);
  });

  it('names the account that is refused, why, and what to do', async () => {
    const reply = '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.';
    await running.client.fault({ reply, stage: 'auth', address: 'payroll@contoso.com' });
    // What was found last is remembered for some seconds.
    const found = await eventually(examine, (seen) => firstFailing(seen) !== undefined, 'it is found');
    expect(found.exitCode).toBe(1);
    expect(firstFailing(found)).toMatchObject({
      name: 'smtp payroll@contoso.com',
      cause: expect.stringContaining(reply),
      remedy: expect.stringContaining('New-AuthenticationPolicy'),
    });
  });

  it('names the server that does not greet before all logins', async () => {
    await running.client.fault({ reply: '554 5.7.1 no', stage: 'connect' });
    const found = await eventually(
      examine,
      (seen) => firstFailing(seen)?.name === 'smtp port',
      'the port is the first that fails',
    );
    expect(found.checks.map(({ name }) => name)).not.toContain('smtp hve@contoso.com');
  });

  it('tells of a test mail that fails for whom, why and what to do', async () => {
    await running.client.fault({ reply: REFUSED, stage: 'rcpt', address: 'nobody@contoso.com' });
    const { checks } = await examine('--send', 'nobody@contoso.com');
    expect(checks.at(-1)).toMatchObject({
      name: 'test mail',
      status: 'failing',
      cause: expect.stringContaining('no such recipient'),
      remedy: 'correct the address',
    });
  });
});

describe.skipIf(!hasPrograms('script', 'stty', 'bash'))('at a terminal', () => {
  it('draws a bar for a large message over and over, and leaves the outcome', async () => {
    const many = Array.from({ length: 120 }, (_, n) => ['--bcc', `r${n}@contoso.com`]).flat();
    const { exitCode, shown: text } = await shown([
      'send',
      ...many,
      '--subject',
      'large',
      '--text',
      'x',
      '--wait',
    ]);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/[█░]{20,}/);
    expect(text).toContain('\r\u001b[2K');
    expect(text).toMatch(/120 of 120 accepted/);
    expect(text.slice(text.lastIndexOf('\u001b[2K'))).not.toMatch(/[█░]/);
  });

  it('shows tables that fit, with colours; NO_COLOR and a dumb terminal have none', async () => {
    await sent(`wide ${'x'.repeat(200)}`);
    const { shown: text } = await shown(['messages'], '', 90);
    const plain = stripVTControlCharacters(text);
    expect(plain).not.toBe(text);
    for (const line of plain.split('\r\n')) expect(line.length).toBeLessThanOrEqual(90);
    const dullOnes: Record<string, string>[] = [{ NO_COLOR: '1' }, { TERM: 'dumb' }];
    for (const env of dullOnes) {
      const { shown: dull } = await hveAtTerminal(['messages'], { cwd, env });
      expect(dull).not.toContain('\u001b');
    }
  });

  it('draws the usage as bars, the hours as a curve, and without blocks where the terminal has none', async () => {
    const { shown: text } = await shown(['usage']);
    expect(text).toMatch(/tenant .*[█░▏▎▍▌▋▊▉]+.* of 5,000/);
    expect(text).toContain('Recipients by hour');
    const { shown: ascii } = await hveAtTerminal(['usage'], { cwd, env: { LANG: 'C' } });
    expect(ascii).not.toMatch(/[█░]/);
    expect(ascii).toMatch(/#*\.{10,}/);
  });

  it('asks before it sends more than one again', async () => {
    await running.client.fault({ reply: REFUSED, stage: 'rcpt', address: 'gone@contoso.com' });
    for (const name of ['ask one', 'ask two']) {
      await told([
        'send',
        '--to',
        'gone@contoso.com',
        '--subject',
        name,
        '--text',
        'x',
        '--app',
        'asking',
        '--wait',
      ]);
    }
    await running.client.clearFaults();
    // Whole, however narrow: a cause that is cut off helps nobody.
    const letters = stripVTControlCharacters(
      (await shown(['dead-letters', '--app', 'asking'], '', 80)).shown,
    );
    expect(letters).toMatch(/ask one\r\n  no such recipient\. What to do: correct the address\r\n/);
    for (const line of letters.split('\r\n')) expect(line.length).toBeLessThanOrEqual(80);
    const no = await shown(['redrive', '--app', 'asking'], 'n\n');
    expect(no.shown).toContain('2 deliveries would be sent again. Do it? [y/N]');
    expect(no).toMatchObject({ exitCode: 1, shown: expect.stringContaining('Nothing was sent.') });
    const yes = await shown(['redrive', '--app', 'asking'], 'y\n');
    expect(yes).toMatchObject({ exitCode: 0, shown: expect.stringContaining('2 deliveries go again.') });
  });
});
