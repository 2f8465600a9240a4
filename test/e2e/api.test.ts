/**
 * Every operation of the API, called over the whole stack with keys, each answer held against the OpenAPI document that the app itself
 * serves: status, promised headers, media type, body. And what a producer's key may.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readKeyFile } from '../../local/host/keys.ts';
import type { JsonObject } from '../../shared/core/api/components.ts';
import { operationNames, OPERATIONS } from '../../shared/core/api/operations.ts';
import type { ApiOperation, OperationName } from '../../shared/core/api/operations.ts';
import type { MessageSummaryView } from '../../shared/core/messageView.ts';
import { makeDocumentChecker } from '../shared/core/api/documentChecker.ts';
import type { DocumentChecker } from '../shared/core/api/documentChecker.ts';
import { atNoon, eventually, makeState, nowAtNoon, PATIENCE_MS, startTestStack } from './harness.ts';
import type { TestStack, TestState } from './harness.ts';

vi.setConfig({ testTimeout: 3 * PATIENCE_MS, hookTimeout: 5 * PATIENCE_MS });

interface Call {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What the answer must be. */
  readonly status: number;
}

/** The messages on which the calls are made, each in the state that one of them needs. */
interface World {
  readonly sent: string;
  readonly failed: string;
  readonly failedToo: string;
  /** For a quota. */
  readonly deferred: string;
  readonly rejected: string;
  readonly held: string;
  readonly scheduled: string;
  /** Its dead letter. */
  readonly letter: string;
}

let state: TestState;
let running: TestStack;
let checker: DocumentChecker;
let world: World;
let hostKey: string;
let producerKey: string;

const NOBODY = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const ACCOUNT = 'payroll@contoso.com';
const mail = (name: string, more: object = {}) => ({
  reference: name,
  to: `${name}@contoso.com`,
  subject: name,
  text: 'x',
  ...more,
});
const inAYear = () => new Date(Date.now() + 300 * 86_400_000).toISOString();

/** In the order of the table; what changes something comes after what reads it. An operation without a call does not compile. */
const CALLS: Readonly<Record<OperationName, () => readonly Call[]>> = {
  postMessage: () => [
    { body: mail('posted'), headers: { 'Idempotency-Key': 'posted' }, status: 202 },
    { body: mail('posted'), headers: { 'Idempotency-Key': 'posted' }, status: 202 },
    { body: mail('another'), headers: { 'Idempotency-Key': 'posted' }, status: 422 },
    { body: { to: 'nobody', subject: '' }, status: 400 },
    { body: mail('large', { text: 'x'.repeat(11_000_000) }), status: 413 },
    { body: mail('full', { app: 'full', onQuota: 'reject' }), status: 429 },
  ],
  getOperation: () => [
    { path: { id: world.sent }, status: 200 },
    { path: { id: world.held }, status: 200 },
    { path: { id: world.deferred }, status: 202 },
    { path: { id: NOBODY }, status: 404 },
  ],
  getMessage: () => [
    ...Object.values(world).map((id) => ({ path: { id }, status: id === world.letter ? 404 : 200 })),
    { path: { id: 'none' }, status: 404 },
  ],
  getPayload: () => [
    { path: { id: world.sent }, status: 200 },
    { path: { id: world.rejected }, status: 404 },
  ],
  listMessages: (): Call[] => [
    { status: 200 },
    { query: { search: 'FAILED@contoso', status: 'failed', app: 'calls', limit: '1' }, status: 200 },
    { query: { status: 'gone', nothing: '1' }, status: 400 },
  ],
  cancelMessage: () => [
    { path: { id: world.scheduled }, status: 202 },
    { path: { id: world.sent }, status: 409 },
    { path: { id: NOBODY }, status: 404 },
  ],
  redriveMessage: () => [
    { path: { id: world.failedToo }, status: 202 },
    { path: { id: world.sent }, status: 409 },
    { path: { id: world.rejected }, status: 409 },
    { path: { id: NOBODY }, status: 404 },
  ],
  releaseMessage: () => [
    { path: { id: world.held }, status: 202 },
    { path: { id: world.sent }, status: 409 },
    { path: { id: NOBODY }, status: 404 },
  ],
  listDeadLetters: (): Call[] => [
    { status: 200 },
    { query: { reason: 'failed', app: 'calls' }, status: 200 },
    { query: { reason: 'none' }, status: 400 },
  ],
  getDeadLetter: () => [
    { path: { id: world.letter }, status: 200 },
    { path: { id: 'none' }, status: 404 },
  ],
  redriveDeadLetters: () => [
    { body: { filter: { app: 'calls' }, dryRun: true }, status: 202 },
    { body: { ids: [world.letter, 'none'] }, status: 202 },
    { body: {}, status: 400 },
  ],
  eraseRecipient: () => [
    { body: { address: 'nobody@contoso.com' }, status: 202 },
    { body: { address: 'Nobody <nobody@contoso.com>' }, status: 400 },
    { body: {}, status: 400 },
  ],
  getUsage: () => [
    { status: 200 },
    { query: { day: new Date(nowAtNoon()).toISOString().slice(0, 10) }, status: 200 },
    { query: { day: '2001-01-01' }, status: 404 },
    { query: { day: 'today' }, status: 400 },
  ],
  getUsageHistory: () => [
    { query: { days: '7' }, status: 200 },
    { query: { days: '0' }, status: 400 },
  ],
  listAccounts: () => [{ status: 200 }],
  pauseAccount: () => [
    { path: { address: ACCOUNT }, body: { reason: 'audit' }, status: 200 },
    { path: { address: ACCOUNT }, body: { because: 'audit' }, status: 400 },
    { path: { address: 'nobody@contoso.com' }, status: 404 },
  ],
  resumeAccount: () => [
    { path: { address: ACCOUNT }, status: 200 },
    { path: { address: 'nobody@contoso.com' }, status: 404 },
  ],
  pauseAll: () => [
    { body: { reason: 'audit' }, status: 200 },
    { body: { reason: 1 }, status: 400 },
  ],
  resumeAll: () => [{ status: 200 }],
  getApp: () => [
    { path: { name: 'nobody-knows' }, status: 200 },
    { path: { name: 'full' }, status: 200 },
    { path: { name: '-' }, status: 400 },
  ],
  putApp: () => [
    { path: { name: 'calls' }, body: { highestPriority: 'normal' }, status: 200 },
    { path: { name: 'calls' }, body: { quotaPerDay: -1 }, status: 400 },
  ],
  getHealth: () => [{ status: 200 }, { query: { deep: '1' }, status: 200 }],
  getDashboard: () => [{ status: 200 }],
  getOpenApi: () => [
    { status: 200 },
    { query: { version: '2.0' }, status: 200 },
    { query: { version: '3.0' }, status: 400 },
  ],
};

async function send(
  { method, route }: Pick<ApiOperation, 'method' | 'route'>,
  { path = {}, query = {}, headers = {}, body }: Omit<Call, 'status'>,
  key: string | null,
): Promise<Response> {
  const filled = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? 'x'));
  const url = `${running.stack.endpoints().functions}/api/${filled}?${new URLSearchParams(query).toString()}`;
  return fetch(url, {
    method,
    headers: {
      ...(key === null ? {} : { 'x-functions-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const ask = async <Body>(name: OperationName, call: Omit<Call, 'status'> = {}): Promise<Body> =>
  (await send(OPERATIONS[name], call, hostKey)).json() as Promise<Body>;

async function untilStatus(reference: string, status: string): Promise<string> {
  const found = await eventually(
    async () =>
      (await ask<{ items: MessageSummaryView[] }>('listMessages', { query: { reference } })).items[0],
    (summary) => summary?.status === status,
    `${reference} is ${status}`,
  );
  return found!.id;
}

beforeAll(async () => {
  state = await makeState();
  running = await startTestStack(state, { ...atNoon(), HVE_LOCAL_TIME_SCALE: '40' }, { auth: true });
  const keys = readKeyFile(join(state.dir, 'keys.json'));
  hostKey = keys?.host['default'] ?? '';
  producerKey = keys?.functions['postMessage']?.['default'] ?? '';
  checker = makeDocumentChecker(await ask<JsonObject>('getOpenApi'));
  await ask('putApp', { path: { name: 'full' }, body: { quotaPerDay: 1 } });
});

afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

async function makeWorld(): Promise<World> {
  const { client } = running;
  const put = async (name: string, more: object = {}) => client.put(mail(name, { app: 'calls', ...more }));
  await put('sent');
  const sent = await untilStatus('sent', 'sent');
  // All that this app may.
  await put('taken', { app: 'full' });
  await untilStatus('taken', 'sent');
  await put('waiting', { app: 'full' });
  const deferred = await untilStatus('waiting', 'deferred');
  await client.fault({
    stage: 'rcpt',
    reply: '550 5.1.10 Recipient not found',
    address: 'failed@contoso.com',
  });
  for (const name of ['failed', 'failedToo']) await put(name, { to: 'failed@contoso.com' });
  const failed = await untilStatus('failed', 'failed');
  const failedToo = await untilStatus('failedToo', 'failed');
  await client.clearFaults();
  await client.fault({ stage: 'end-of-data', reply: 'drop', count: 1 });
  await put('held', { onUnknown: 'hold' });
  const held = await untilStatus('held', 'held');
  await client.clearFaults();
  await put('scheduled', { sendAt: inAYear() });
  const scheduled = await untilStatus('scheduled', 'scheduled');
  await put('rejected', { priority: 'urgent' });
  const rejected = await untilStatus('rejected', 'rejected');
  const { items } = await ask<{ items: { id: string; messageId: string }[] }>('listDeadLetters', {
    query: { app: 'calls', reason: 'failed' },
  });
  const { id: letter } = items.find(({ messageId }) => messageId === failed)!;
  return { sent, failed, failedToo, deferred, rejected, held, scheduled, letter };
}

test('the messages that the calls are made on come to stand as they must', async () => {
  world = await makeWorld();
  expect(new Set(Object.values(world)).size).toBe(8);
});

test('the document has the operations that are called here', () => {
  expect(checker.operations.map(({ name }) => name).toSorted()).toEqual(operationNames().toSorted());
});

describe('with an operator’s key', () => {
  test.each(operationNames())('%s answers as the document says', async (name) => {
    const operation = checker.operations.find((one) => one.name === name)!;
    const answered = new Set<number>();
    for (const call of CALLS[name]()) {
      const response = await send(OPERATIONS[name], call, hostKey);
      const text = await response.text();
      expect([call, response.status, text.slice(0, 500)]).toEqual([call, call.status, expect.anything()]);
      const documented = checker.response(operation, response.status);
      expect(documented, `${name} ${response.status}`).toBeDefined();
      const type = (response.headers.get('content-type') ?? '').split(';')[0]!;
      const content = documented!['content'] as Record<string, JsonObject>;
      expect(Object.keys(content)).toContain(type);
      const schema = content[type]!['schema'] as JsonObject;
      expect(type.endsWith('json') ? checker.flaws(schema, JSON.parse(text)) : []).toEqual([]);
      const isReplay = answered.has(202) && name === 'postMessage';
      for (const header of Object.keys(documented!['headers'] ?? {})) {
        const isExpected = header !== 'Idempotent-Replayed' || isReplay;
        expect([name, header, response.headers.has(header)]).toEqual([name, header, isExpected]);
      }
      answered.add(response.status);
    }
  });
});

describe('with a producer’s key', () => {
  const guarded = operationNames().filter((name) => (OPERATIONS[name] as ApiOperation).access === 'operator');

  test.each(guarded)('%s is refused, and does nothing', async (name) => {
    const [call = {}] = CALLS[name]();
    for (const key of [producerKey, null, 'wrong']) {
      const response = await send(OPERATIONS[name], call, key);
      expect([response.status, await response.text()]).toEqual([401, '']);
    }
  });

  test('a message is submitted, and followed by its id without a key', async () => {
    const posted = await send(OPERATIONS.postMessage, { body: mail('producer') }, producerKey);
    expect(posted.status).toBe(202);
    expect((await fetch(posted.headers.get('location')!)).ok).toBe(true);
    expect((await fetch(posted.headers.get('operation-location')!)).status).toBe(401);
  });

  test('nothing was paused, laid down or stopped by it', async () => {
    const { items } = await ask<{ items: { by: string | null }[] }>('listAccounts');
    expect(items.filter(({ by }) => by === 'person')).toEqual([]);
    expect(await ask('getApp', { path: { name: 'x' } })).toMatchObject({ accounts: null });
  });
});

test('what the API does not know is a problem too', async () => {
  const unknown = await fetch(`${running.stack.endpoints().functions}/api/mesages`);
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'not_found' }]);
  const method = await fetch(`${running.stack.endpoints().functions}/api/messages`, { method: 'DELETE' });
  expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST, GET']);
});
