/** The handlers over the real neighbours, called as the host calls them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpHandler } from '@azure/functions';
import { makeDeliverItem } from '../../functions/deliverItem.ts';
import { makeGetHealth } from '../../functions/getHealth.ts';
import { makeGetMessage } from '../../functions/getMessage.ts';
import { makeGetOperation } from '../../functions/getOperation.ts';
import { makeGetUsage } from '../../functions/getUsage.ts';
import { makeListMessages } from '../../functions/listMessages.ts';
import { makePostMessage } from '../../functions/postMessage.ts';
import { makeSendMail } from '../../functions/sendMail.ts';
import { STATE_VERSION } from '../../shared/core/delivery.ts';
import { isMessageId, messageIdOfQueueItem, utcDay } from '../../shared/core/messageId.ts';
import { NewerVersion } from '../../shared/ports.ts';
import type { Neighbours, TestMailer } from '../shared/flows/mailerHarness.ts';
import { startNeighbours } from '../shared/flows/mailerHarness.ts';
import { ORIGIN, call, makeContext } from './invocation.ts';

let neighbours: Neighbours;
let mailer: TestMailer;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
  mailer = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '200' });
});
afterAll(async () => neighbours.end());

const use = async (): Promise<TestMailer> => mailer;
const mail = (to: string | readonly string[], more: Record<string, unknown> = {}) => ({
  to,
  subject: 'Hello',
  text: 'Good day',
  ...more,
});
const post = async (body: unknown, headers: Record<string, string> = {}) =>
  call(makePostMessage(use), { method: 'POST', path: '/api/messages?code=secret', headers, body });
const get = async (handler: HttpHandler, path: string, id?: string) =>
  call(handler, { path, ...(id !== undefined && { params: { id } }) });
const operation = async (id: string) => get(makeGetOperation(use), `/api/operations/${id}`, id);
const message = async (id: string) => get(makeGetMessage(use), `/api/messages/${id}`, id);
/** The problems' pointers and codes. */
const errorsOf = ({ body }: { body: Record<string, unknown> }): string[] =>
  (body['errors'] as { pointer: string; code: string }[]).map(({ pointer, code }) => `${pointer} ${code}`);

describe('postMessage', () => {
  it('answers 202 with the id and where to ask, absolute and without the caller’s key', async () => {
    const answer = await post(mail('posted@contoso.com'));
    const id = String(answer.body['id']);
    expect(isMessageId(id)).toBe(true);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ id, status: 'queued' });
    expect(answer.headers.get('Content-Type')).toBe('application/json');
    expect(answer.headers.get('Location')).toBe(`${ORIGIN}/api/operations/${id}`);
    expect(answer.headers.get('Operation-Location')).toBe(`${ORIGIN}/api/messages/${id}`);
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(answer.headers.has('Idempotent-Replayed')).toBe(false);
    await mailer.drain();
    expect(await neighbours.inbox('posted@contoso.com')).toHaveLength(1);
  });

  it('answers 429 where the quota is full and the message would rather be rejected, and records nothing', async () => {
    const limited = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '2' });
    const handler = makePostMessage(async () => limited);
    const send = async (to: string, more: Record<string, unknown> = {}) =>
      call(handler, {
        method: 'POST',
        path: '/api/messages',
        headers: { 'Idempotency-Key': to },
        body: mail(to, { onQuota: 'reject', ...more }),
      });
    expect((await send('r1@contoso.com')).status).toBe(202);
    await limited.drain();
    expect((await send('r2@contoso.com', { cc: 'r3@contoso.com' })).status).toBe(429);
    expect((await send('r4@contoso.com')).status).toBe(202);
    await limited.drain();
    const answer = await send('r5@contoso.com');
    expect(answer).toMatchObject({ status: 429, body: { code: 'quota' } });
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(errorsOf(answer)).toEqual(['/onQuota quota']);
    const seconds = Number(answer.headers.get('Retry-After'));
    const { endsAt } = (await limited.usage.today()).window;
    expect(Math.abs(limited.clock.now() + seconds * 1000 - Date.parse(endsAt))).toBeLessThan(60_000);
    expect((await limited.messages.list({ limit: 9 })).items).toHaveLength(2);
    // What was accepted before is answered as it was, whatever the quota says now; who waits is accepted as ever.
    const again = await send('r1@contoso.com');
    expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([202, 'true']);
    expect((await send('r6@contoso.com', { onQuota: 'defer' })).status).toBe(202);
  });

  it('answers the same again under the same key, by header or in the body, and sends once', async () => {
    const first = await post(mail('keyed@contoso.com'), { 'Idempotency-Key': 'k-1' });
    const again = await post(mail('keyed@contoso.com'), { 'idempotency-key': 'k-1' });
    const inBody = await post(mail('keyed@contoso.com', { idempotencyKey: 'k-1' }));
    const both = await post(mail('keyed@contoso.com', { idempotencyKey: 'k-1' }), {
      'Idempotency-Key': 'k-1',
    });
    expect(first.headers.has('Idempotent-Replayed')).toBe(false);
    for (const replay of [again, inBody, both]) {
      expect(replay.status).toBe(202);
      expect(replay.headers.get('Idempotent-Replayed')).toBe('true');
      expect(replay.body).toEqual(first.body);
      expect(replay.headers.get('Location')).toBe(first.headers.get('Location'));
    }
    await mailer.drain();
    expect(await neighbours.inbox('keyed@contoso.com')).toHaveLength(1);
    expect((await message(String(first.body['id']))).body['idempotencyKey']).toBe('k-1');
  });

  it('answers 422 where the key was used with another body', async () => {
    const first = await post(mail('other@contoso.com'), { 'Idempotency-Key': 'k-2' });
    const answer = await post(mail('other@contoso.com', { text: 'changed' }), { 'Idempotency-Key': 'k-2' });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      status: 422,
      code: 'key_reused',
      detail: expect.stringContaining(String(first.body['id'])),
    });
    await mailer.drain();
  });

  it('answers 400 where header and body name different keys', async () => {
    const answer = await post(mail('x@contoso.com', { idempotencyKey: 'a' }), { 'Idempotency-Key': 'b' });
    expect([answer.status, errorsOf(answer)]).toEqual([400, ['/idempotencyKey keys_differ']]);
  });

  it('answers 400 with every problem at once, each with where it is', async () => {
    const answer = await post({
      to: 'nobody',
      subject: 'a\r\nBcc: b@contoso.com',
      text: 't',
      colour: 'red',
      attachments: [{ name: 'a.txt', contentType: 'text/plain', contentInBase64: '!!!' }],
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'about:blank', status: 400, code: 'invalid_message' });
    const pointers = errorsOf(answer).map((error) => error.split(' ')[0]!);
    expect(pointers.toSorted()).toEqual(['/attachments/0/contentInBase64', '/colour', '/subject', '/to']);
  });

  it.each([
    [
      'no sender account of ours',
      mail('a@contoso.com', { from: 'boss@contoso.com' }),
      '/from sender_unknown',
    ],
    [
      'a blob that is not there',
      mail('a@contoso.com', { attachments: [{ name: 'a', contentType: 'text/plain', blob: 'no.txt' }] }),
      '/attachments/0/blob attachment_missing',
    ],
    [
      'more recipients than split: never allows',
      mail(
        Array.from({ length: 51 }, (_, n) => `n${n}@contoso.com`),
        { split: 'never' },
      ),
      ' too_many_recipients',
    ],
    ['what is no JSON', '{"to":', ' json_invalid'],
    ['nothing', '', ' json_invalid'],
    ['a list', [mail('a@contoso.com')], ' type'],
  ])('answers 400 to %s', async (_name, body, expected) => {
    const answer = await post(body);
    expect([answer.status, errorsOf(answer)]).toEqual([400, [expected]]);
  });

  it('answers 400 to a list also where the header names a key', async () => {
    const answer = await post([mail('a@contoso.com')], { 'Idempotency-Key': 'k-3' });
    expect([answer.status, errorsOf(answer)]).toEqual([400, [' type']]);
  });

  it('answers 413 to what would be too large on the wire', async () => {
    const content = Buffer.alloc(9_000_000).toString('base64');
    const attachments = [
      { name: 'a.bin', contentType: 'application/octet-stream', contentInBase64: content },
    ];
    const answer = await post(mail('big@contoso.com', { attachments }));
    expect([answer.status, errorsOf(answer)]).toEqual([413, [' too_large']]);
    expect(answer.body['detail']).toContain('nothing was sent');
  });

  it('leaves no record of what it refuses', async () => {
    await post(mail('nobody', { reference: 'refused-1' }));
    const { body } = await get(makeListMessages(use), '/api/messages?reference=refused-1');
    expect(body).toEqual({ items: [] });
  });
});

describe('the address of the API', () => {
  it('is what callers know it by, where a gateway stands before it; never what a header says', async () => {
    const behind = await neighbours.mailer({ HVE_API_URI: 'https://api.contoso.com/mail/' });
    const headers = { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    const handler = makePostMessage(async () => behind);
    const body = mail('gateway@contoso.com', { mode: 'capture' });
    const answer = await call(handler, { method: 'POST', path: '/api/messages', headers, body });
    const id = String(answer.body['id']);
    expect(answer.headers.get('Location')).toBe(`https://api.contoso.com/mail/operations/${id}`);
    expect(answer.headers.get('Operation-Location')).toBe(`https://api.contoso.com/mail/messages/${id}`);
    const direct = await post(mail('gateway@contoso.com', { mode: 'capture' }), headers);
    expect(direct.headers.get('Location')).toMatch(ORIGIN);
  });
});

describe('getOperation', () => {
  it('answers 202 with where to ask again while it moves, then 200; never with an address', async () => {
    const id = String((await post(mail(['one@contoso.com', 'two@example.org']))).body['id']);
    const moving = await operation(id);
    expect(moving.status).toBe(202);
    expect(moving.headers.get('Location')).toBe(`${ORIGIN}/api/operations/${id}`);
    expect(Number(moving.headers.get('Retry-After'))).toBeGreaterThan(0);
    await mailer.drain();
    const done = await operation(id);
    expect(done.status).toBe(200);
    expect(done.headers.has('Location')).toBe(false);
    expect(done.body).toEqual({
      id,
      status: 'sent',
      counts: {
        recipients: 2,
        internal: 1,
        external: 1,
        accepted: 2,
        failed: 0,
        unknown: 0,
        waiting: 0,
        unknownSpends: 0,
      },
    });
  });

  it('answers 200 to what is scheduled: nobody should poll for that', async () => {
    const sendAt = new Date(mailer.clock.now() + 86_400_000).toISOString();
    const id = String((await post(mail('later@contoso.com', { sendAt }))).body['id']);
    expect(await operation(id)).toMatchObject({ status: 200, body: { status: 'scheduled' } });
  });

  it('answers 202, and to ask less often, while it waits for a quota', async () => {
    const limited = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '1' });
    const path = '/api/messages';
    const handler = makePostMessage(async () => limited);
    await call(handler, { method: 'POST', path, body: mail('q1@contoso.com') });
    await limited.drain();
    const { body } = await call(handler, { method: 'POST', path, body: mail('q2@contoso.com') });
    await limited.drain();
    const id = String(body['id']);
    const answer = await get(
      makeGetOperation(async () => limited),
      `/api/operations/${id}`,
      id,
    );
    expect(answer).toMatchObject({ status: 202, body: { status: 'deferred' } });
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThanOrEqual(60);
  });

  it.each(['01K9ZZZZZZZZZZZZZZZZZZZZZZ', 'nonsense', "'; drop"])('answers 404 to %s', async (id) => {
    const answer = await operation(id);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'not_found', detail: `there is no message ${id}` });
  });
});

describe('getMessage', () => {
  it('answers all that is recorded, or 404', async () => {
    const id = String((await post(mail('read@contoso.com', { reference: 'r-9', tags: ['t1'] }))).body['id']);
    await mailer.drain();
    const answer = await message(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      status: 'sent',
      reference: 'r-9',
      tags: ['t1'],
      recipients: [{ address: 'read@contoso.com', status: 'accepted', reply: expect.stringMatching(/^250/) }],
    });
    const [received] = await neighbours.inbox('read@contoso.com');
    expect(answer.body['deliveries']).toMatchObject([{ messageId: received!.messageId }]);
    expect((await message('01K9ZZZZZZZZZZZZZZZZZZZZZZ')).status).toBe(404);
  });
});

describe('listMessages', () => {
  it('answers a page and the cursor of the next', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      ids.push(
        String((await post(mail(`p${n}@contoso.com`, { reference: 'paged', mode: 'capture' }))).body['id']),
      );
    }
    await mailer.drain();
    const newestFirst = ids.toSorted().toReversed();
    const list = async (query: string) => get(makeListMessages(use), `/api/messages?${query}`);
    const first = await list('reference=paged&limit=2&code=key');
    expect((first.body['items'] as { id: string }[]).map(({ id }) => id)).toEqual(newestFirst.slice(0, 2));
    const rest = await list(`reference=paged&limit=2&cursor=${String(first.body['cursor'])}`);
    expect((rest.body['items'] as { id: string }[]).map(({ id }) => id)).toEqual(newestFirst.slice(2));
    expect(rest.body).not.toHaveProperty('cursor');
    const day = utcDay(mailer.clock.now());
    expect((await list(`reference=paged&status=captured&day=${day}`)).body['items']).toHaveLength(3);
    expect((await list(`reference=paged&day=2001-01-01`)).body).toEqual({ items: [] });
  });

  it('finds by a part of the id, reference, key, subject or a recipient, in any case', async () => {
    const sought = { app: 'sought', subject: 'Invoice of Müller', reference: 'PO-77', tags: ['x'] };
    const ids: string[] = [];
    for (const [to, key] of [
      ['lovelace@contoso.com', 'Order-1'],
      [['babbage@contoso.com', 'lovelace@fabrikam.com'], 'Order-2'],
    ] as const) {
      const { body } = await post(mail(to, sought), { 'Idempotency-Key': key });
      ids.unshift(String(body['id']));
    }
    const found = async (search: string, more = ''): Promise<string[]> => {
      const query = `search=${encodeURIComponent(search)}&app=sought${more}`;
      const { body } = await get(makeListMessages(use), `/api/messages?${query}`);
      return (body['items'] as { id: string }[]).map(({ id }) => id);
    };
    const [second, first] = ids as [string, string];
    for (const search of [
      'INVOICE of mü',
      'po-77',
      'order-',
      'Lovelace@',
      ' sought '.replace('sought', 'PO'),
    ])
      expect(await found(search)).toEqual([second, first]);
    expect(await found('babbage')).toEqual([second]);
    expect(await found('ORDER-1')).toEqual([first]);
    expect(await found(first.toLowerCase())).toEqual([first]);
    expect(await found('lovelace', '&tag=x&reference=PO-77')).toEqual([second, first]);
    for (const search of ['Good day', 'nobody', '%', 'lovelace@contoso.com babbage']) {
      expect(await found(search)).toEqual([]);
    }
    await mailer.drain();
  });

  it('answers 400 with every parameter that is wrong', async () => {
    const query = 'day=yesterday&cursor=5&limit=0&colour=red';
    const answer = await get(makeListMessages(use), `/api/messages?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(errorsOf(answer).toSorted()).toEqual(
      ['/day', '/cursor', '/limit', '/colour'].map((pointer) => `${pointer} invalid_parameter`).toSorted(),
    );
  });

  it.each(['limit=501', 'limit=1.5', 'limit=ten', 'day=2026-02-30', 'day=2026-13-01'])(
    'answers 400 to %s',
    async (query) => {
      expect((await get(makeListMessages(use), `/api/messages?${query}`)).status).toBe(400);
    },
  );
});

describe('getUsage', () => {
  it('answers today, also by its name; a day that is not closed is 404, what is no day 400', async () => {
    const usage = async (query = '') => get(makeGetUsage(use), `/api/usage${query}`);
    const today = await usage();
    expect(today).toMatchObject({
      status: 200,
      body: { window: { kind: 'calendar', timeZone: 'UTC' }, cost: { currency: 'USD', amount: 0 } },
    });
    const scopes = today.body['scopes'] as { scope: string; limit: number | null }[];
    expect(scopes.slice(0, 2)).toMatchObject([
      { scope: 'tenant', limit: 200 },
      { scope: 'external', limit: 2000 },
    ]);
    const { day } = today.body['window'] as { day: string };
    expect((await usage(`?day=${day}`)).body).toEqual(today.body);
    expect((await usage('?day=2001-01-01')).status).toBe(404);
    expect((await usage('?day=tomorrow')).status).toBe(400);
  });
});

describe('getHealth', () => {
  const health = async (query = '') => get(makeGetHealth(use), `/api/health${query}`);

  it('answers 200 where mail goes, and asks every neighbour if it is told to', async () => {
    await mailer.sweep();
    expect(await health()).toMatchObject({ status: 200, body: { status: 'ok' } });
    const deep = await health('?deep=1');
    expect(deep).toMatchObject({ status: 200, body: { status: 'ok' } });
    const names = (deep.body['checks'] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['keyVault hve-password', 'smtp payroll@contoso.com']));
  });

  it('answers 503 where none goes, with cause and remedy', async () => {
    const trouble = {
      action: 'pause' as const,
      cause: 'DNS',
      remedy: 'mend it',
      reply: 'ENOTFOUND',
      since: 1,
      until: 2,
      stepMs: 1,
    };
    await mailer.ports.standings.replace({ name: 'tenant', trouble, pausedByPerson: null }, null);
    const answer = await health();
    expect(answer).toMatchObject({ status: 503, body: { status: 'failing' } });
    expect(answer.body['checks']).toContainEqual({
      name: 'tenant',
      status: 'failing',
      cause: 'DNS (ENOTFOUND)',
      remedy: 'mend it',
    });
    const row = (await mailer.ports.standings.readAll()).find(({ value }) => value.name === 'tenant');
    await mailer.ports.standings.replace({ ...row!.value, trouble: null }, row!.etag);
  });
});

describe('sendMail', () => {
  let items = 0;
  let queueId = '';
  beforeEach(() => {
    queueId = `queue-${++items}`;
  });
  const insertedAt = new Date(Math.floor(Date.now() / 1000) * 1000);
  const take = async (body: unknown, metadata: Record<string, unknown> = {}) => {
    const { context, lines } = makeContext({
      id: queueId,
      insertionTime: insertedAt,
      dequeueCount: 1,
      ...metadata,
    });
    await makeSendMail(use)(body, context);
    return lines;
  };
  const idOf = (): string => messageIdOfQueueItem(queueId, insertedAt.getTime());

  it.each([
    ['a Date', insertedAt],
    ['ISO text', insertedAt.toISOString()],
    ['a time with an offset', insertedAt.toISOString().replace('.000Z', '+00:00')],
  ])('names the message by the item’s id and its insertion time as %s', async (_name, insertionTime) => {
    await take(mail(`${queueId}@contoso.com`), { insertionTime });
    expect((await message(idOf())).body).toMatchObject({ status: 'sent' });
    // A redelivery is the same message.
    await take(mail(`${queueId}@contoso.com`), { insertionTime: insertedAt, dequeueCount: 2 });
    expect(await neighbours.inbox(`${queueId}@contoso.com`)).toHaveLength(1);
  });

  it.each([
    ['JSON as text', (body: object) => JSON.stringify(body)],
    ['base64 of JSON', (body: object) => Buffer.from(JSON.stringify(body)).toString('base64')],
  ])('takes %s', async (_name, encode) => {
    await take(encode(mail(`${queueId}@contoso.com`)));
    expect(await neighbours.inbox(`${queueId}@contoso.com`)).toHaveLength(1);
  });

  it('completes what is no message as rejected, the original kept', async () => {
    await take('certainly not a message');
    expect((await message(idOf())).body).toMatchObject({
      status: 'rejected',
      problems: [{ code: 'json_invalid' }],
    });
    const letter = await mailer.ports.deadLetters.read(utcDay(insertedAt.getTime()), `${idOf()}.0.1`);
    expect(Buffer.from(letter!.raw!).toString()).toBe('certainly not a message');
  });

  it.each([
    ['without its id', { id: undefined }],
    ['without an insertion time', { insertionTime: undefined }],
    ['with an insertion time that is none', { insertionTime: 'yesterday' }],
  ])(
    'throws an item back that the host gives %s: it would not be the same message again',
    async (_name, metadata) => {
      await expect(take(mail('x@contoso.com'), metadata)).rejects.toThrow(/comes again/);
    },
  );

  it('gives up an item of which three announced tries ended without a word: a row that is queued fails, once', async () => {
    const day = utcDay(insertedAt.getTime());
    const announced = { messageId: idOf(), delivery: 0, attempt: 1, app: 'default', at: 1, lastReply: null };
    await mailer.ports.deadLetters.put({
      ...announced,
      day,
      key: `item-${queueId}`,
      reason: 'comes_back',
      detail: 'one more try began',
      announcements: 3,
      raw: null,
    });
    await take(mail(`${queueId}@contoso.com`), { dequeueCount: 11 });
    expect((await message(idOf())).body).toMatchObject({
      status: 'rejected',
      problems: [{ code: 'comes_back' }],
    });
    expect(await neighbours.inbox(`${queueId}@contoso.com`)).toEqual([]);
    await take(mail(`${queueId}@contoso.com`), { dequeueCount: 12 });
    expect((await message(idOf())).body['status']).toBe('rejected');
  });
});

describe('deliverItem', () => {
  const insertionTime = new Date();
  const deliver = async (body: unknown, id: string) => {
    const { context, lines } = makeContext({ id, insertionTime, dequeueCount: 1 });
    await makeDeliverItem(use)(body, context);
    return lines;
  };

  it('sends the delivery that the item names', async () => {
    const id = String((await post(mail('item@contoso.com'))).body['id']);
    await deliver({ v: STATE_VERSION, messageId: id, delivery: 0, attempt: 1, visibleAt: 0 }, 'd-1');
    expect((await operation(id)).body['status']).toBe('sent');
    await mailer.drain();
    expect(await neighbours.inbox('item@contoso.com')).toHaveLength(1);
  });

  it.each([
    ['text', 'hello'],
    ['a message', mail('a@contoso.com')],
    ['no id', { v: 1, delivery: 0, attempt: 1 }],
    ['an id that is none', { v: 1, messageId: 'x', delivery: 0, attempt: 1 }],
    [
      'a delivery that is no number',
      { v: 1, messageId: '01K9ZZZZZZZZZZZZZZZZZZZZZZ', delivery: '0', attempt: 1 },
    ],
    ['an attempt below zero', { v: 1, messageId: '01K9ZZZZZZZZZZZZZZZZZZZZZZ', delivery: 0, attempt: -1 }],
  ])('keeps %s as a dead letter, completes it, and says so', async (name, body) => {
    const lines = await deliver(body, `garbage ${name}`);
    expect(lines).toEqual([expect.stringMatching(/^error .*no delivery/)]);
    const letter = await mailer.ports.deadLetters.read(
      utcDay(insertionTime.getTime()),
      `item-garbage ${name}`,
    );
    expect(letter).toMatchObject({ reason: 'rejected', detail: expect.stringContaining('mail-outbox') });
    const raw = Buffer.from(letter!.raw!).toString();
    expect(raw).toBe(typeof body === 'string' ? body : JSON.stringify(body));
  });

  it('completes an item whose message is not there', async () => {
    const item = {
      v: STATE_VERSION,
      messageId: '01K9ZZZZZZZZZZZZZZZZZZZZZZ',
      delivery: 0,
      attempt: 1,
      visibleAt: 0,
    };
    expect(await deliver(item, 'd-2')).toEqual([]);
  });

  it('gives back what a newer version wrote, whatever its shape', async () => {
    await expect(deliver({ v: STATE_VERSION + 1, anything: true }, 'd-3')).rejects.toThrow(NewerVersion);
    expect(await mailer.ports.deadLetters.read(utcDay(insertionTime.getTime()), 'item-d-3')).toBeNull();
  });
});
