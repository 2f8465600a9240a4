/** What an operator does, over HTTP through the whole stack. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeState, PATIENCE_MS, startTestStack } from './harness.ts';
import type { StackClient, TestStack, TestState } from './harness.ts';

vi.setConfig({ testTimeout: 3 * PATIENCE_MS });

let state: TestState;
let running: TestStack;
let client: StackClient;

beforeAll(async () => {
  state = await makeState();
  // The sweep comes every one and a half seconds.
  running = await startTestStack(state, { HVE_LOCAL_TIME_SCALE: '40' });
  ({ client } = running);
}, PATIENCE_MS);

afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

const post = async (path: string, body: object = {}) => {
  const response = await client.post(`/api/${path}`, body);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const mailsWith = async (subject: string) =>
  (await client.mails()).filter((mail) => mail.subject === subject);
const message = (name: string, more: object = {}) => ({
  reference: name,
  to: `${name}@contoso.com`,
  subject: name,
  text: 'x',
  ...more,
});

test('an account that a person paused sends nothing until it is resumed', async () => {
  const account = encodeURIComponent('payroll@contoso.com');
  expect(await post(`accounts/${account}/pause`, { reason: 'audit' })).toMatchObject({
    status: 200,
    body: { address: 'payroll@contoso.com', status: 'paused', by: 'person', cause: 'audit' },
  });
  await client.put(message('paused', { from: 'payroll@contoso.com' }));
  const waiting = await client.untilStatus('paused', 'deferred');
  expect(waiting.waitsFor).toBe('account:payroll@contoso.com');
  await client.put(message('free'));
  await client.untilStatus('free', 'sent');
  expect(await mailsWith('paused')).toEqual([]);
  expect(await post(`accounts/${account}/resume`)).toMatchObject({ body: { status: 'active' } });
  await client.untilStatus('paused', 'sent');
  expect(await mailsWith('paused')).toHaveLength(1);
});

test('while everything is paused mail is accepted, and a canceled message never goes', async () => {
  await post('pause');
  await client.put(message('kept'));
  await client.put(message('canceled'));
  await client.untilStatus('kept', 'deferred');
  const { id } = await client.untilStatus('canceled', 'deferred');
  expect(await post(`messages/${id}/cancel`)).toEqual({
    status: 202,
    body: { id, stopped: 1, onTheirWay: 0 },
  });
  await post('resume');
  await client.untilStatus('kept', 'sent');
  expect((await client.message(id)).status).toBe('canceled');
  expect(await mailsWith('canceled')).toEqual([]);
  expect((await post(`messages/${id}/cancel`)).status).toBe(409);
});

test('dead letters are listed, and redriven once their cause is cured', async () => {
  await client.fault({
    stage: 'rcpt',
    reply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found',
    address: 'cured@contoso.com',
  });
  await client.put(message('cured', { app: 'redriven' }));
  const { id } = await client.untilStatus('cured', 'failed');
  await client.clearFaults();
  const list = async () =>
    (await client.get<{ items: { id: string }[] }>('/api/dead-letters?app=redriven')).items;
  const [letter, ...others] = await list();
  expect(others).toEqual([]);
  const one = await client.get<object>(`/api/dead-letters/${letter!.id}`);
  expect(one).toMatchObject({ messageId: id, reason: 'failed', stale: false });
  const redriven = await post('dead-letters/redrive', { filter: { app: 'redriven' } });
  expect(redriven).toEqual({ status: 202, body: { count: 1, dryRun: false, skipped: [] } });
  await client.untilStatus('cured', 'sent');
  expect(await mailsWith('cured')).toHaveLength(1);
  expect(await list()).toEqual([]);
  expect(await client.get<object>(`/api/messages/${id}/payload`)).toMatchObject({ subject: 'cured' });
});
