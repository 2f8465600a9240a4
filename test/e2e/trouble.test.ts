import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { eventually, makeState, PATIENCE_MS, startTestStack } from './harness.ts';
import type { StackClient, TestStack, TestState } from './harness.ts';

// A test waits several times, each time at most so long.
vi.setConfig({ testTimeout: 3 * PATIENCE_MS });

let state: TestState;
let running: TestStack;
let client: StackClient;

beforeAll(async () => {
  state = await makeState();
  // A trouble is looked at again after a minute of this: a second and a half.
  running = await startTestStack(state, { HVE_LOCAL_TIME_SCALE: '40' });
  ({ client } = running);
}, PATIENCE_MS);

afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

interface Health {
  readonly status: string;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly cause: string | null;
    readonly remedy: string | null;
  }[];
}

const readHealth = async (query = ''): Promise<Health> =>
  (await (await fetch(`${running.stack.endpoints().functions}/api/health${query}`)).json()) as Health;

const troublesOf = ({ checks }: Health) => checks.filter(({ status }) => status !== 'ok');

let number = 0;

const LOGIN_REFUSED =
  '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [Hostname=x]';

/** A connection that is open and logged in already would know nothing of the trouble: it is cut at its next mail. */
async function endOpenConnection(): Promise<void> {
  await client.fault({ stage: 'mail', reply: 'drop', count: 1 });
}

const SENT_ONCE = { accepted: 1, unknownSpends: 0, mails: 1 };

/** From trouble to its end: the message waits, /api/health and the log say why; mended, it goes by itself. */
async function waitAndGo({ mend }: { readonly mend: () => void | Promise<void> }) {
  const reference = `waits ${++number}`;
  const mails = async () => (await client.mails()).filter((mail) => mail.subject === reference);
  await client.put({ reference, to: 'ann@contoso.com', subject: reference, text: 'x' });
  const deferred = await client.untilStatus(reference, 'deferred');
  const [trouble] = troublesOf(await readHealth());
  expect(trouble!.remedy).toBeTruthy();
  await eventually(
    async () => running.lines.join('\n'),
    (lines) => lines.includes(trouble!.remedy!),
    'the log says what to do',
  );
  expect(await mails()).toEqual([]);

  await mend();
  const { counts } = await client.untilStatus(reference, 'sent');
  await eventually(readHealth, (now) => troublesOf(now).length === 0, 'health is good again');
  return {
    waiting: { room: deferred.waitsFor, cause: trouble!.cause },
    sent: {
      accepted: counts.accepted,
      unknownSpends: counts.unknownSpends,
      mails: (await mails()).length,
    },
  };
}

afterEach(async () => {
  running.stack.keyVault.setFault(null);
  await client.clearFaults();
});

// The first: later the app remembers the password for ten minutes.
test('Key Vault forbids: the message waits for its account, and goes when the role is there', async () => {
  running.stack.keyVault.setFault({ reply: 'forbidden' });
  const { waiting, sent } = await waitAndGo({ mend: () => running.stack.keyVault.setFault(null) });
  expect(waiting).toMatchObject({
    room: 'account:hve@contoso.com',
    cause: expect.stringMatching(/vault/i),
  });
  expect(sent).toEqual(SENT_ONCE);
});

test('negative control: without trouble health is good, also when it asks every neighbour', async () => {
  await client.put({ reference: 'first', to: 'ann@contoso.com', subject: 'first', text: 'x' });
  await client.untilStatus('first', 'sent');
  const health = await readHealth('?deep=1');
  expect(health).toMatchObject({ status: 'ok' });
  expect(health.checks.map(({ name }) => name)).toContain('smtp hve@contoso.com');
});

test('SMTP down: the message waits for the tenant, and goes when the server is back', async () => {
  await endOpenConnection();
  await client.fault({ stage: 'connect', reply: 'drop' });
  const { waiting, sent } = await waitAndGo({
    mend: client.clearFaults,
  });
  expect(waiting).toMatchObject({ room: 'tenant', cause: expect.stringMatching(/connect|greeting/i) });
  expect(sent).toEqual(SENT_ONCE);
});

test('a wrong password: the message waits for its account, and goes once the secret is right', async () => {
  const [account] = running.stack.accounts;
  running.stack.keyVault.setSecret(account!.secret, 'not the password');
  await endOpenConnection();
  // The app remembers the right password: refused once, it reads the secret anew.
  await client.fault({ stage: 'auth', reply: LOGIN_REFUSED, count: 1 });
  const { waiting, sent } = await waitAndGo({
    mend: () => running.stack.keyVault.setSecret(account!.secret, account!.password),
  });
  expect(waiting).toMatchObject({
    room: `account:${account!.address}`,
    cause: expect.stringContaining('5.7.'),
  });
  expect(sent).toEqual(SENT_ONCE);
});
