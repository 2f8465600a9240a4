/** Whatever an app answers, whoever wrote it: nothing of it is obeyed by a terminal, and no key goes anywhere else. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPrograms } from '../docs/runProgram.ts';
import { hve, hveAtTerminal, hveInProcess } from './runHve.ts';
import { startAnswering, type Answering, type Said } from './startAnswering.ts';

/** Sets the window's title, clears the screen, goes back over the line, turns the text round; with C0 and with C1. */
const EVIL = '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\rover\u009b2Jc1\u202edrow\u2066\u007f\u0000end';
const SHOWN = String.raw`\x1b]0;owned\x07\x1b[2J\x1b[31mred\rover\x9b2Jc1\u202edrow\u2066\x7f\x00end`;
/** Of these none may reach a terminal, whatever colours hve itself uses. */
// oxlint-disable-next-line no-control-regex -- that is what is looked for
const OBEYED = /\u001b\]|\u001b\[2J|\u0007|\u0000|[\u007f-\u009f]|[\u202a-\u202e\u2066-\u2069]/;

const COUNTS = { recipients: 1, accepted: 0, failed: 1, unknown: 0, waiting: 0 };
const SUMMARY = {
  id: EVIL,
  status: EVIL,
  app: EVIL,
  reference: EVIL,
  idempotencyKey: EVIL,
  from: EVIL,
  subject: EVIL,
  priority: EVIL,
  tags: [EVIL],
  createdAt: EVIL,
  updatedAt: EVIL,
  nextAttemptAt: EVIL,
  waitsFor: EVIL,
  problems: [{ pointer: EVIL, code: EVIL, detail: EVIL }],
  counts: COUNTS,
};
const RECIPIENT = {
  address: EVIL,
  kind: EVIL,
  delivery: 0,
  status: EVIL,
  reply: EVIL,
  cause: EVIL,
  remedy: EVIL,
  at: EVIL,
};
const ATTEMPT = { attempt: 1, at: EVIL, account: EVIL, accepted: 0, refused: 1, unknown: 0 };
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api/messages': { items: [SUMMARY] },
  '/api/messages/x': {
    ...SUMMARY,
    recipients: [RECIPIENT],
    deliveries: [{ delivery: 0, status: EVIL, account: EVIL, messageId: EVIL, attempts: [ATTEMPT] }],
  },
  '/api/operations/x': { id: EVIL, status: 'failed', counts: COUNTS },
  '/api/dead-letters': {
    items: [
      {
        id: EVIL,
        messageId: EVIL,
        delivery: 0,
        attempt: 1,
        app: EVIL,
        subject: EVIL,
        day: EVIL,
        at: EVIL,
        reason: EVIL,
        detail: EVIL,
        lastReply: EVIL,
      },
    ],
  },
  '/api/dead-letters/redrive': { count: 1, skipped: [{ id: EVIL, code: EVIL, detail: EVIL }] },
  '/api/accounts': {
    items: [
      {
        address: EVIL,
        status: EVIL,
        by: EVIL,
        until: EVIL,
        cause: EVIL,
        remedy: EVIL,
        pool: EVIL,
        waiting: 1,
      },
    ],
  },
  '/api/usage': {
    window: { kind: EVIL, day: EVIL, timeZone: EVIL, startsAt: EVIL, endsAt: EVIL },
    scopes: [
      {
        scope: EVIL,
        limit: 10,
        used: 1,
        leased: 1,
        remaining: 9,
        waiting: 1,
        byHour: [1],
        forecast: { reachedAt: EVIL },
      },
    ],
    cost: { currency: EVIL, amount: 1 },
  },
  '/api/apps/x': { name: EVIL, accounts: [EVIL], quotaPerDay: 1, highestPriority: EVIL },
  '/api/health': {
    status: 'failing',
    checks: [{ name: EVIL, status: 'failing', cause: EVIL, remedy: EVIL, command: EVIL, detail: EVIL }],
  },
};

const PROBLEM = {
  title: EVIL,
  detail: EVIL,
  code: EVIL,
  errors: [{ pointer: EVIL, code: EVIL, detail: EVIL }],
};

let app: Answering;
let elsewhere: Answering;
let env: Record<string, string> = {};
const cwd = tmpdir();

beforeAll(async () => {
  elsewhere = await startAnswering(() => ({ body: { items: [] } }));
  app = await startAnswering(({ path }): Said => {
    if (path === '/moved/api/messages') {
      return { status: 302, headers: { location: `${elsewhere.url}/api/messages` }, body: null };
    }
    const body = ANSWERS[path];
    return body === undefined ? { status: 404, body: PROBLEM } : { body };
  });
  env = { HVE_URL: app.url, HVE_KEY: 'the-key' };
});
afterAll(() => {
  app?.stop();
  elsewhere?.stop();
});

const COMMANDS = [
  ['messages'],
  ['message', 'x'],
  ['watch', 'x'],
  ['dead-letters'],
  ['redrive', 'x'],
  ['accounts'],
  ['usage'],
  ['apps', 'x'],
  ['health'],
  ['cancel', 'not-there'],
];

describe('what a terminal would obey', () => {
  it.each(COMMANDS)('is shown as text in a pipe: %s %s', async (...args) => {
    const { stdout, stderr } = await hveInProcess(args, { cwd, env });
    expect(stdout + stderr).toContain(SHOWN);
    expect(stdout + stderr).not.toMatch(OBEYED);
  });

  it.each(COMMANDS)('is escaped in JSON, which still says the same: %s %s', async (...args) => {
    const { stdout, stderr } = await hveInProcess([...args, '--json'], { cwd, env });
    expect(stdout + stderr).not.toMatch(OBEYED);
    expect(JSON.stringify(JSON.parse(stdout === '' ? stderr : stdout))).toContain(
      JSON.stringify(EVIL).slice(1, -1),
    );
  });

  it.skipIf(!hasPrograms('script', 'stty'))('is shown as text at a terminal', async () => {
    const { shown } = await hveAtTerminal(['message', 'x'], { cwd, env }, 200);
    expect(shown).toContain(String.raw`\x1b]0;owned\x07`);
    expect(shown).not.toMatch(OBEYED);
  });
});

describe('a redirect', () => {
  it('is not followed: the key would go along', async () => {
    const moved = { HVE_URL: `${app.url}/moved`, HVE_KEY: 'the-key' };
    const { exitCode, stderr } = await hve(['messages'], { cwd, env: moved });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('redirect');
    expect(elsewhere.heard).toEqual([]);
  });
});

describe('what answers and is no app', () => {
  const SEND = ['send', '--to', 'ann@contoso.com', '--subject', 's', '--text', 't'];

  it.each([...COMMANDS.filter(([name]) => name !== 'health'), SEND])(
    'is said to be none, and not taken for a message that failed: %s',
    async (...args) => {
      await using stack = new AsyncDisposableStack();
      // A page to log in at is 200 too, and no JSON.
      const page = await startAnswering(() => ({ headers: { 'content-type': 'text/html' }, body: null }));
      stack.defer(() => page.stop());
      const { exitCode, stderr } = await hveInProcess(args, { cwd, env: { HVE_URL: page.url } });
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining('does not speak this API')]);
      expect(stderr).not.toContain('ZodError');
    },
  );
});
