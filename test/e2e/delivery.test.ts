import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { atNoon, domainOf, eventually, makeState, PATIENCE_MS, startTestStack } from './harness.ts';
import type { StackClient, TestStack, TestState } from './harness.ts';

// A test waits several times, each time at most so long.
vi.setConfig({ testTimeout: 3 * PATIENCE_MS });

let state: TestState;
let running: TestStack;
let client: StackClient;

beforeAll(async () => {
  state = await makeState();
  running = await startTestStack(state, atNoon());
  ({ client } = running);
}, PATIENCE_MS);

afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

const mailsWith = async (subject: string) =>
  (await client.mails()).filter((mail) => mail.subject.includes(subject));

test('a producer that is not ours drops raw JSON, base64 and a claim check, and each arrives once', async () => {
  const message = (reference: string) => ({
    reference,
    to: 'Ann <ann@contoso.com>',
    subject: `by ${reference}`,
    text: `body of ${reference}`,
  });
  await client.upload('checks/large.json', JSON.stringify(message('claim-check')));
  await client.put(message('raw'));
  await client.put(Buffer.from(JSON.stringify(message('base64'))).toString('base64'));
  await client.put({ $ref: 'mail-content/checks/large.json' });

  for (const reference of ['raw', 'base64', 'claim-check']) {
    const sent = await client.untilStatus(reference, 'sent');
    expect(sent.counts).toMatchObject({ recipients: 1, internal: 1, accepted: 1, unknownSpends: 0 });
    expect(sent.recipients).toMatchObject([
      { address: 'ann@contoso.com', kind: 'internal', status: 'accepted' },
    ]);
    const mails = await mailsWith(`by ${reference}`);
    expect(mails).toMatchObject([{ to: ['ann@contoso.com'], from: 'hve@contoso.com', repeatOf: null }]);
    expect(mails[0]!.messageId).toBe(sent.deliveries[0]!.messageId);
    expect(await client.eml(mails[0]!.id)).toContain(`body of ${reference}`);
  }
});

test('a caller over HTTP gets a Location and follows it to 200, as a Logic App does', async () => {
  const accepted = await client.post('/api/messages', {
    to: [{ address: 'bob@contoso.com', displayName: 'Bob' }, 'carol@example.com'],
    subject: 'over HTTP',
    html: '<p>Hello</p>',
    tags: ['http'],
  });
  expect(accepted.status).toBe(202);
  const { id } = (await accepted.json()) as { id: string };
  const location = accepted.headers.get('location')!;
  expect(location).toBe(`${running.stack.endpoints().functions}/api/operations/${id}`);
  expect(Number(accepted.headers.get('retry-after'))).toBeGreaterThan(0);

  const answer = await eventually(
    async () => fetch(location),
    ({ status }) => status === 200,
    'the operation is over',
  );
  const operation = (await answer.json()) as object;
  expect(operation).toMatchObject({ id, status: 'sent', counts: { accepted: 2 } });
  expect(JSON.stringify(operation)).not.toContain('bob@contoso.com');
  const message = await client.message(id);
  expect(message.recipients.map(({ address, kind, status }) => [address, kind, status])).toEqual([
    ['bob@contoso.com', 'internal', 'accepted'],
    ['carol@example.com', 'external', 'accepted'],
  ]);
  expect((await client.list('tag=http')).map((one) => one.id)).toEqual([id]);
});

test('the same idempotency key with the same body is one message, with another body it is refused', async () => {
  const body = { to: 'ann@contoso.com', subject: 'only once', text: 'x', reference: 'keyed' };
  const headers = { 'idempotency-key': 'order-1' };
  const first = await client.post('/api/messages', body, headers);
  const again = await client.post('/api/messages', body, headers);
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await again.json()).toMatchObject({ id: ((await first.json()) as { id: string }).id });
  const other = await client.post('/api/messages', { ...body, text: 'y' }, headers);
  expect(other.status).toBe(422);
  await client.untilStatus('keyed', 'sent');
  expect(await mailsWith('only once')).toHaveLength(1);
});

test('a message to 120 recipients is three mails, each recipient once, every outcome to be read', async () => {
  const to = Array.from({ length: 120 }, (_, index) =>
    index % 6 === 5 ? `partner${index}@example.com` : `person${index}@contoso.com`,
  );
  await client.put({ reference: 'split', to, subject: 'to all', text: 'x' });
  const sent = await client.untilStatus('split', 'sent');
  expect(sent.counts).toMatchObject({ recipients: 120, internal: 100, external: 20, accepted: 120 });
  expect(sent.deliveries.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent']);
  expect(sent.recipients.map(({ address }) => address).toSorted()).toEqual(to.toSorted());
  expect(new Set(sent.recipients.map(({ status }) => status))).toEqual(new Set(['accepted']));

  const mails = await mailsWith('to all');
  expect(mails.map((mail) => mail.to.length).toSorted((a, b) => a - b)).toEqual([20, 50, 50]);
  expect(mails.flatMap((mail) => mail.to).toSorted()).toEqual(to.toSorted());
  // Of 120, each sees nobody else.
  for (const { id } of mails) expect(await client.eml(id)).toMatch(/^To: undisclosed-recipients:;\r?$/m);
});

test('what the server refuses fails for that recipient alone, with cause and remedy', async () => {
  await client.fault({
    stage: 'rcpt',
    reply:
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient nobody@contoso.com not found by SMTP address lookup',
    address: 'nobody@contoso.com',
  });
  await client.put({
    reference: 'partly',
    to: 'ann@contoso.com; nobody@contoso.com',
    subject: 'partly',
    text: 'x',
  });
  const message = await client.untilStatus('partly', 'partially_sent');
  await client.clearFaults();
  const refused = message.recipients.find(({ address }) => address === 'nobody@contoso.com')!;
  expect(refused).toMatchObject({ status: 'failed', reply: expect.stringContaining('5.1.10') });
  expect(refused.cause).toBeTruthy();
  expect(refused.remedy).toBeTruthy();
  expect((await mailsWith('partly')).flatMap((mail) => mail.to)).toEqual(['ann@contoso.com']);
});

test('usage counts exactly what stands in the inbox, internal and external apart', async () => {
  const recipients = (await client.mails()).flatMap((mail) => mail.to);
  const external = recipients.filter((address) => domainOf(address) !== 'contoso.com').length;
  interface Scope {
    readonly scope: string;
    readonly limit: number | null;
    readonly used: number;
    readonly waiting: number;
  }
  // The API's numbers may be fifteen seconds old.
  const { scopes } = await eventually(
    async () => client.get<{ scopes: Scope[] }>('/api/usage'),
    (usage) => usage.scopes.find(({ scope }) => scope === 'tenant')?.used === recipients.length,
    `the tenant has used ${recipients.length}`,
  );
  const of = (name: string) => scopes.find(({ scope }) => scope === name);
  expect(of('tenant')).toMatchObject({ limit: 100_000, used: recipients.length, waiting: 0 });
  expect(of('external')).toMatchObject({ limit: 2000, used: external, waiting: 0 });
  expect(of('account:hve@contoso.com')).toMatchObject({ used: recipients.length });
});
