import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { eventually, makeState, PATIENCE_MS, startTestStack } from './harness.ts';
import type { StackClient, TestStack } from './harness.ts';
import { startHoldingProxy } from './holdingProxy.ts';
import type { HoldingProxy } from './holdingProxy.ts';

let tables: HoldingProxy;
let queues: HoldingProxy;
let running: TestStack;
let client: StackClient;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  // The app's queues have fixed names: not in the run's common storage.
  const azurite = await startAzurite({ location: 'memory' });
  ends.push(azurite.stop);
  tables = await startHoldingProxy(azurite.ports.table);
  queues = await startHoldingProxy(azurite.ports.queue);
  ends.push(tables.stop, queues.stop);
  const state = await makeState();
  ends.push(async () => state[Symbol.asyncDispose]());
  const { ports, connectionString } = azurite;
  running = await startTestStack(state, {
    HVE_STORAGE: connectionString
      .replace(`:${ports.table}/`, `:${tables.port}/`)
      .replace(`:${ports.queue}/`, `:${queues.port}/`),
    // A claim ends after fifteen minutes of this, a queued row is overdue after seven.
    HVE_LOCAL_TIME_SCALE: '60',
  });
  ends.push(running.stop);
  ({ client } = running);
}, PATIENCE_MS);

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

const mailsWith = async (subject: string) =>
  (await client.mails()).filter((mail) => mail.subject === subject);

const dateOf = async (mail: { readonly id: string }) =>
  /^Date: (.*)$/m.exec(await client.eml(mail.id))?.[1]?.trim();

/** Ends the host on the spot and lets the requests that it was waiting for die with it. */
function killHost(): void {
  process.kill(running.stack.endpoints().hosts[0]!.pid, 'SIGKILL');
  tables.letGo();
  queues.letGo();
}

test(
  'between the acceptance by the server and the record: unknown, and the very same mail goes again',
  async () => {
    // From the outbox straight on: the row is inserted with its claim, and changed for the first time by the outcome.
    tables.hold(({ method, url = '' }) => method !== 'GET' && /\/messages\(/.test(url));
    await client.put({
      reference: 'accepted',
      to: 'ann@contoso.com',
      subject: 'accepted',
      text: 'x',
    });
    await eventually(
      async () => [tables.held(), (await mailsWith('accepted')).length] as const,
      ([held, mails]) => held > 0 && mails === 1,
      'the mail is accepted and its record on the way',
    );
    killHost();

    const sent = await client.untilStatus('accepted', 'sent');
    expect(sent.counts).toMatchObject({ accepted: 1, unknown: 0, unknownSpends: 1 });
    expect(sent.deliveries[0]!.attempts.map(({ unknown }) => unknown)).toEqual([1, 0]);
    const mails = await mailsWith('accepted');
    expect(mails).toHaveLength(2);
    const [repeat, first] = mails;
    expect(repeat).toMatchObject({ repeatOf: first!.id, messageId: first!.messageId });
    expect(await dateOf(repeat!)).toBe(await dateOf(first!));
  },
  2 * PATIENCE_MS,
);

test(
  'between the record and the queue item: the sweep puts the item again, and the mail goes once',
  async () => {
    queues.hold(({ method, url = '' }) => method === 'POST' && url.includes('/mail-deliveries/messages'));
    const message = { reference: 'recorded', to: 'ann@contoso.com', subject: 'recorded', text: 'x' };
    const posted = client.post('/api/messages', message);
    await eventually(
      async () => queues.held(),
      (held) => held > 0,
      'the message is recorded and its item on the way',
    );
    killHost();
    // Nobody has told the caller that it was accepted.
    expect((await posted).status).toBe(502);

    const sent = await client.untilStatus('recorded', 'sent');
    expect(sent.counts).toMatchObject({ accepted: 1, unknownSpends: 0 });
    expect(await mailsWith('recorded')).toMatchObject([{ repeatOf: null }]);
  },
  2 * PATIENCE_MS,
);
