import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { atNoon, eventually, makeState, PATIENCE_MS, startTestStack } from './harness.ts';
import type { StackClient, TestStack, TestState } from './harness.ts';

/** A claim ends after 15 min of this: 15 seconds, of which the server has five to answer the last byte. */
const TIME_SCALE = 60;

// A test waits several times, each time at most so long.
vi.setConfig({ testTimeout: 3 * PATIENCE_MS });

let state: TestState;
let running: TestStack;
let client: StackClient;

beforeAll(async () => {
  state = await makeState();
  running = await startTestStack(state, { ...atNoon(), HVE_LOCAL_TIME_SCALE: String(TIME_SCALE) });
  ({ client } = running);
}, PATIENCE_MS);

afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

const mailsWith = async (subject: string) =>
  (await client.mails()).filter((mail) => mail.subject === subject);

const dateOf = async (mail: { readonly id: string }) =>
  /^Date: (.*)$/m.exec(await client.eml(mail.id))?.[1]?.trim();

const message = (reference: string) => ({
  reference,
  to: 'ann@contoso.com',
  subject: reference,
  text: 'x',
});

function killHost(): number {
  const { pid } = running.stack.endpoints().hosts[0]!;
  process.kill(pid, 'SIGKILL');
  return pid;
}

async function untilHostIsNot(pid: number): Promise<void> {
  await eventually(
    async () => running.stack.endpoints().hosts,
    ([host]) => host !== undefined && host.pid !== pid,
    'another host is up',
  );
}

test('a connection lost after the last byte is unknown, and goes again as the very same mail', async () => {
  await client.fault({ stage: 'end-of-data', reply: 'drop', count: 1 });
  await client.put(message('lost answer'));
  const sent = await client.untilStatus('lost answer', 'sent');
  expect(sent.counts).toMatchObject({ accepted: 1, unknown: 0, unknownSpends: 1 });
  const mails = await mailsWith('lost answer');
  expect(mails).toHaveLength(2);
  const [repeat, first] = mails;
  // Message-ID and Date alike: the mailbox store discards the second.
  expect(repeat).toMatchObject({ repeatOf: first!.id, messageId: first!.messageId });
  expect(first!.repeatOf).toBeNull();
  expect(await dateOf(repeat!)).toBe(await dateOf(first!));
});

test('a host killed while the server has the mail and says nothing: unknown, and it goes again', async () => {
  await client.fault({ stage: 'end-of-data', reply: 'stall', count: 1 });
  await client.put(message('killed in silence'));
  const faults = `${running.stack.endpoints().inbox}/faults`;
  await eventually(
    async () => (await (await fetch(faults)).json()) as object[],
    (list) => list.length === 0,
    'the server has the mail and stalls',
  );
  await untilHostIsNot(killHost());
  const sent = await client.untilStatus('killed in silence', 'sent');
  expect(sent.counts).toMatchObject({ accepted: 1, unknown: 0, unknownSpends: 1 });
  expect(sent.deliveries[0]!.attempts).toHaveLength(2);
  // Under the identity of the attempt that may have arrived.
  const [mail] = await mailsWith('killed in silence');
  expect(mail!.messageId).toContain(`<${sent.id}.0.1@`);
  expect(await mailsWith('killed in silence')).toHaveLength(1);
});

test('none is lost, and the spends of unknown outcome are counted on top of what was accepted', async () => {
  const items = await client.list('');
  expect(items.map(({ status }) => status)).toEqual(['sent', 'sent']);
  const usage = await eventually(
    async () => client.get<{ scopes: { scope: string; used: number }[] }>('/api/usage'),
    ({ scopes }) => scopes[0]?.used === 4,
    'two accepted, two unknown',
  );
  expect(usage.scopes[0]).toMatchObject({ scope: 'tenant', used: 4 });
});
