import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { Endpoints } from '../../local/stack/endpoints.ts';
import { projectRoot } from '../tools.ts';
import { atNoon, eventually, makeStackClient, makeState, PATIENCE_MS, withoutSettings } from './harness.ts';
import type { StackClient, TestState } from './harness.ts';

interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  endpoints(): Endpoints;
  client(): StackClient;
  /** Settles with its exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** `npm start` less the build and npm: start.ts in a process of its own, on any free ports. */
function start(
  state: TestState,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'local/start.ts'), '--any-ports', '--state', state.dir, ...args],
    { env: { ...withoutSettings(process.env), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const endpoints = (): Endpoints =>
    JSON.parse(readFileSync(join(state.dir, 'endpoints.json'), 'utf8')) as Endpoints;
  return {
    child,
    lines,
    ended,
    endpoints,
    client: () => makeStackClient(endpoints()),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const said = async (running: Running, text: string): Promise<void> =>
  void (await eventually(
    async () => running.lines.join('\n'),
    (lines) => lines.includes(text),
    `it says "${text}"`,
  ));

test(
  'npm start -- --once delivers a new sample each time, says so, and leaves nothing behind but the state',
  async () => {
    await using state = await makeState();
    for (const sample of [1, 2]) {
      await using running = start(state, ['--once', '--auth']);
      expect(await running.ended).toBe(0);
      const output = running.lines.join('\n');
      expect(output).toMatch(/The sample message was delivered in \d+\.\d s/);
      expect(output).toMatch(/Record +sent, id [0-9A-Z]{26}/);
      expect(() => running.endpoints()).toThrow(/ENOENT/);
      const index = readFileSync(join(state.dir, 'inbox', 'index.jsonl'), 'utf8')
        .trim()
        .split('\n');
      expect(index).toHaveLength(sample);
    }
  },
  4 * PATIENCE_MS,
);

test(
  'npm start -- --once says what is wrong and ends with 1 where the sample cannot be delivered',
  async () => {
    await using state = await makeState();
    const oneADay = { ...atNoon(), HVE_LIMIT_RECIPIENTS_PER_DAY: '1' };
    await using last = start(state, ['--once'], oneADay);
    expect(await last.ended).toBe(0);
    await using full = start(state, ['--once'], oneADay);
    expect(await full.ended).toBe(1);
    expect(full.lines.join('\n')).toMatch(
      /Message [0-9A-Z]{26} is deferred: the limit of all recipients is used up, or older mail goes first/,
    );

    await using broken = start(state, ['--once'], { HVE_ACCOUNTS: 'none' });
    expect(await broken.ended).toBe(1);
    const output = broken.lines.join('\n');
    expect(output).toContain('configuration HVE_ACCOUNTS (failing): expected a JSON list of accounts');

    await using wrong = start(state, ['--onse']);
    expect(await wrong.ended).toBe(2);
    expect(wrong.lines.join('\n')).toContain('npm start -- --once');
  },
  4 * PATIENCE_MS,
);

test(
  'everything killed in the middle of its work and started again: nothing is lost, no limit is passed',
  async () => {
    await using state = await makeState();
    const COUNT = 60;
    {
      await using running = start(state, ['--hosts', '2'], { HVE_LOCAL_TIME_SCALE: '100' });
      await said(running, 'Ctrl-C stops all of it');
      const client = running.client();
      expect(running.endpoints().hosts).toHaveLength(2);
      const put = Array.from({ length: COUNT }, async (_, index) =>
        client.put({ app: 'killed', to: `p${index}@contoso.com`, subject: `mail ${index}`, text: 'x' }),
      );
      await Promise.all(put);
      await eventually(
        async () => (await client.mails()).length,
        (count) => count > 5,
        'some of it is sent',
      );
      // The parent alone: hosts and storage end with it.
      running.child.kill('SIGKILL');
      await running.ended;
    }
    await using running = start(state, ['--hosts', '2'], { HVE_LOCAL_TIME_SCALE: '100' });
    await said(running, 'Ctrl-C stops all of it');
    const client = running.client();
    const items = await eventually(
      async () => client.messagesOf('killed'),
      (all) => all.length === COUNT && all.every(({ status }) => status === 'sent'),
      `${COUNT} messages are sent`,
    );
    expect(items.every(({ counts }) => counts.accepted === 1 && counts.unknown === 0)).toBe(true);
    const mails = (await client.mails()).filter((mail) => mail.subject.startsWith('mail '));
    const firsts = mails.filter((mail) => mail.repeatOf === null);
    expect(firsts.flatMap((mail) => mail.to).toSorted()).toEqual(
      Array.from({ length: COUNT }, (_, index) => `p${index}@contoso.com`).toSorted(),
    );
    // What went twice went as the same mail, and only what the app itself calls unknown.
    const unknownSpends = items.reduce((sum, { counts }) => sum + counts.unknownSpends, 0);
    expect(mails.length - firsts.length).toBeLessThanOrEqual(unknownSpends);

    // A second start with that state is refused while this one runs.
    await using second = start(state, ['--once', '--fresh']);
    expect(await second.ended).toBe(1);
    expect(second.lines.join('\n')).toContain('Another npm start');
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  },
  4 * PATIENCE_MS,
);
