/** What operators call: cancel, release, redrive, dead letters, payload, accounts and pause, over the real neighbours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '@azure/functions';
import {
  makeListAccounts,
  makePauseAccount,
  makePauseAll,
  makeResumeAccount,
  makeResumeAll,
} from '../../functions/accounts.ts';
import { makeCancelMessage, makeRedriveMessage, makeReleaseMessage } from '../../functions/changeMessage.ts';
import { makeGetPayload } from '../../functions/getPayload.ts';
import { makeGetDeadLetter, makeListDeadLetters } from '../../functions/readDeadLetters.ts';
import { makeRedriveDeadLetters } from '../../functions/redriveDeadLetters.ts';
import { makeMessageId } from '../../shared/core/messageId.ts';
import type { Neighbours, TestMailer } from '../shared/flows/mailerHarness.ts';
import { startNeighbours } from '../shared/flows/mailerHarness.ts';
import type { Answer } from './invocation.ts';
import { call } from './invocation.ts';

let neighbours: Neighbours;
let mailer: TestMailer;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
  mailer = await neighbours.mailer();
});
afterAll(async () => neighbours.end());

const use = async (): Promise<TestMailer> => mailer;
const newId = (): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
const NOBODY = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const post = async (
  handler: HttpHandler,
  path: string,
  params: Record<string, string> = {},
  body?: unknown,
): Promise<Answer> => call(handler, { method: 'POST', path: `/api/${path}`, params, body });
const get = async (handler: HttpHandler, path: string, params: Record<string, string> = {}) =>
  call(handler, { path: `/api/${path}`, params });
const errorsOf = ({ body }: Answer): string[] =>
  (body['errors'] as { pointer: string; code: string }[]).map(({ pointer, code }) => `${pointer} ${code}`);
const idsOf = ({ body }: Answer): string[] => (body['items'] as { id: string }[]).map(({ id }) => id);

const cancel = async (id: string) => post(makeCancelMessage(use), `messages/${id}/cancel`, { id });
const release = async (id: string) => post(makeReleaseMessage(use), `messages/${id}/release`, { id });
const redrive = async (id: string) => post(makeRedriveMessage(use), `messages/${id}/redrive`, { id });
const payload = async (id: string) => get(makeGetPayload(use), `messages/${id}/payload`, { id });
const letters = async (query = '') => get(makeListDeadLetters(use), `dead-letters${query}`);
const letter = async (id: string) => get(makeGetDeadLetter(use), `dead-letters/${id}`, { id });
const redriveLetters = async (body: unknown) =>
  post(makeRedriveDeadLetters(use), 'dead-letters/redrive', {}, body);

async function accept(to: string, more: Record<string, unknown> = {}): Promise<string> {
  const id = newId();
  await mailer.accept({ id, source: 'http', value: { to, subject: 's', text: 't', ...more } });
  return id;
}

async function refuse(to: string, more: Record<string, unknown> = {}): Promise<string> {
  const reply = '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found';
  await neighbours.setFault({ reply, stage: 'rcpt', address: to });
  const id = await accept(to, more);
  await mailer.drain();
  await neighbours.clearFaults();
  return id;
}

describe('cancel', () => {
  it('answers 202 with how many were stopped, then 409; 404 to what is not there', async () => {
    const id = await accept('cancel@contoso.com');
    const answer = await cancel(id);
    expect([answer.status, answer.body]).toEqual([202, { id, stopped: 1, onTheirWay: 0 }]);
    const again = await cancel(id);
    expect(again.status).toBe(409);
    expect(again.headers.get('Content-Type')).toBe('application/problem+json');
    expect(again.body).toMatchObject({ code: 'final', detail: expect.stringContaining(id) });
    expect((await cancel(NOBODY)).status).toBe(404);
    expect((await cancel('nonsense')).body).toMatchObject({ code: 'not_found' });
    await mailer.drain();
    expect(await neighbours.inbox('cancel@contoso.com')).toEqual([]);
  });
});

describe('release', () => {
  it('answers 202 to what is held, 409 to everything else', async () => {
    await neighbours.setFault({ reply: 'drop', stage: 'end-of-data', count: 1, address: 'held@contoso.com' });
    const id = await accept('held@contoso.com', { onUnknown: 'hold' });
    await mailer.drain();
    await neighbours.clearFaults();
    const answer = await release(id);
    expect([answer.status, answer.body]).toEqual([202, { id, deliveries: 1 }]);
    expect(await release(id)).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect((await release(NOBODY)).status).toBe(404);
    await mailer.drain();
    expect((await mailer.messages.message(id))?.status).toBe('sent');
  });
});

describe('redrive', () => {
  it('answers 202, then 409 with the state it is in', async () => {
    const id = await refuse('redriven@contoso.com');
    const answer = await redrive(id);
    expect([answer.status, answer.body]).toEqual([202, { id, deliveries: 1 }]);
    const again = await redrive(id);
    expect(again).toMatchObject({ status: 409, body: { code: 'wrong_state', errors: [] } });
    expect(again.body['detail']).toContain('queued');
    expect((await redrive(NOBODY)).status).toBe(404);
    await mailer.drain();
    expect(await neighbours.inbox('redriven@contoso.com')).toHaveLength(1);
  });

  it('answers 409 with every problem to what is still not valid', async () => {
    const id = newId();
    await mailer.takeFromOutbox.take(id, { to: 'nobody', subject: 's', text: 't', colour: 'red' });
    const answer = await redrive(id);
    expect(answer).toMatchObject({ status: 409, body: { code: 'still_rejected' } });
    expect(
      errorsOf(answer)
        .map((error) => error.split(' ')[0]!)
        .toSorted(),
    ).toEqual(['/colour', '/to']);
  });
});

describe('payload', () => {
  it('answers the message in the form in which it can be sent again', async () => {
    const id = await accept('payload@contoso.com', { reference: 'p-1', tags: ['t'], mode: 'capture' });
    const answer = await payload(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ to: [{ address: 'payload@contoso.com' }], text: 't', tags: ['t'] });
    const again = await mailer.accept({ id: newId(), source: 'http', value: answer.body });
    expect(again).toMatchObject({ kind: 'accepted', replayed: false });
    await mailer.drain();
  });

  it('answers one that lies in a blob', async () => {
    const text = Array.from({ length: 20_000 }, (_, n) => (n * 7919).toString(36)).join(' ');
    const id = await accept('blob@contoso.com', { text, mode: 'capture' });
    expect((await mailer.ports.store.readHead(id))?.payload).toBeNull();
    expect((await payload(id)).body['text']).toBe(text);
    await mailer.drain();
  });

  it('answers 404 where there is none', async () => {
    const id = newId();
    await mailer.takeFromOutbox.take(id, 'no message');
    expect(await payload(id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await payload(id)).body['detail']).toContain('dead letter');
    expect((await payload(NOBODY)).status).toBe(404);
    expect((await payload('nonsense')).status).toBe(404);
  });
});

describe('dead letters', () => {
  it('are listed by day, reason and app, shown one by one, and redriven', async () => {
    const app = { app: 'letters' };
    const first = await refuse('l1@contoso.com', app);
    const second = await refuse('l2@contoso.com', app);
    const page = await letters('?app=Letters&limit=1&code=key');
    expect(page.status).toBe(200);
    expect(page.body['items']).toEqual([
      {
        id: `${second}.0.2`,
        messageId: second,
        delivery: 0,
        attempt: 2,
        app: 'letters',
        day: new Date(mailer.clock.now()).toISOString().slice(0, 10),
        at: expect.any(String),
        reason: 'failed',
        detail: expect.stringContaining('correct the address'),
        subject: 's',
        failures: [
          { cause: 'no such recipient', remedy: 'correct the address', whoActs: 'app', recipients: 1 },
        ],
        lastReply: expect.stringMatching(/^550 5\.1\.10/),
      },
    ]);
    const rest = await letters(`?app=letters&limit=1&cursor=${String(page.body['cursor'])}`);
    expect(idsOf(rest)).toEqual([`${first}.0.2`]);
    expect(rest.body).not.toHaveProperty('cursor');
    expect(idsOf(await letters('?app=letters&reason=expired'))).toEqual([]);
    expect(await letter(`${first}.0.2`)).toMatchObject({
      status: 200,
      body: { stale: false, original: null, messageId: first },
    });

    const filter = { app: 'letters', reason: 'failed' };
    const dry = await redriveLetters({ filter, dryRun: true });
    const quota = [{ scope: 'tenant', recipients: 2, remaining: expect.any(Number) }];
    expect([dry.status, dry.body]).toEqual([202, { count: 2, dryRun: true, skipped: [], quota }]);
    expect(idsOf(await letters('?app=letters'))).toHaveLength(2);
    const done = await redriveLetters({ filter });
    expect([done.status, done.body]).toEqual([202, { count: 2, dryRun: false, skipped: [] }]);
    await mailer.drain();
    for (const address of ['l1@contoso.com', 'l2@contoso.com']) {
      expect(await neighbours.inbox(address)).toHaveLength(1);
    }
    expect(idsOf(await letters('?app=letters'))).toEqual([]);
    expect((await letter(`${first}.0.2`)).body['stale']).toBe(true);
    const late = await redriveLetters({ ids: [`${first}.0.2`, second] });
    expect(late.body).toMatchObject({ count: 0, skipped: [{ code: 'stale' }, { code: 'wrong_state' }] });
  });

  it('show the original of what was rejected', async () => {
    const id = newId();
    await mailer.takeFromOutbox.take(id, 'certainly no message');
    expect((await letter(`${id}.0.1`)).body).toMatchObject({
      reason: 'rejected',
      original: 'certainly no message',
      originalEncoding: 'utf8',
    });
    expect((await letter(`${id}.0.9`)).status).toBe(404);
    expect((await letter('nonsense')).status).toBe(404);
  });

  it('answer 400 with every parameter of the list that is wrong', async () => {
    const answer = await letters('?day=yesterday&reason=bad&cursor=5&limit=0&colour=red');
    expect(answer.status).toBe(400);
    expect(
      errorsOf(answer)
        .map((error) => error.split(' ')[0]!)
        .toSorted(),
    ).toEqual(['/colour', '/cursor', '/day', '/limit', '/reason']);
  });

  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['']],
    ['neither ids nor a filter', { dryRun: true }, ['']],
    ['both', { ids: [], filter: {} }, ['']],
    ['ids that are none', { ids: 'all' }, ['/ids']],
    ['too many ids', { ids: Array.from({ length: 501 }, () => NOBODY) }, ['/ids']],
    ['a filter that is none', { filter: 'all' }, ['/filter']],
    ['an unknown reason', { filter: { reason: 'bad', day: 5 } }, ['/filter/day', '/filter/reason']],
    ['a misspelt filter, which would mean all', { filter: { apps: 'x' } }, ['/filter/apps']],
    ['a dryRun that is no yes or no', { filter: {}, dryRun: 'yes' }, ['/dryRun']],
    ['a cursor that is none', { filter: {}, cursor: 'x' }, ['/cursor']],
    ['what is no JSON', '{', ['']],
    ['a list', [], ['']],
  ])('redrive nothing for %s', async (_name, body, pointers) => {
    const answer = await redriveLetters(body);
    expect(answer.status).toBe(400);
    expect(
      errorsOf(answer)
        .map((error) => error.split(' ')[0]!)
        .toSorted(),
    ).toEqual(pointers);
  });
});

describe('accounts', () => {
  const ACCOUNT = 'payroll@contoso.com';
  const params = { address: 'Payroll@contoso.com' };
  const active = {
    address: ACCOUNT,
    status: 'active',
    by: null,
    until: null,
    cause: null,
    remedy: null,
    pool: null,
    waiting: 0,
  };

  it('are paused and resumed one by one', async () => {
    const pause = async (body?: unknown) =>
      post(makePauseAccount(use), `accounts/${ACCOUNT}/pause`, params, body);
    const paused = await pause({ reason: 'audit' });
    expect(paused).toMatchObject({
      status: 200,
      body: { address: ACCOUNT, status: 'paused', cause: 'audit' },
    });
    const list = await get(makeListAccounts(use), 'accounts');
    expect(list.body['items']).toMatchObject([
      { address: 'hve@contoso.com', status: 'active' },
      { address: ACCOUNT, status: 'paused', by: 'person' },
    ]);
    expect((await pause()).body['cause']).toBe('no reason was given');
    const resumed = await post(makeResumeAccount(use), `accounts/${ACCOUNT}/resume`, params);
    expect([resumed.status, resumed.body]).toEqual([200, active]);
  });

  it('are paused and resumed all at once', async () => {
    const paused = await post(makePauseAll(use), 'pause', {}, { reason: 'migration' });
    expect(paused.status).toBe(200);
    expect((paused.body['items'] as { status: string }[]).map(({ status }) => status)).toEqual([
      'paused',
      'paused',
    ]);
    const resumed = await post(makeResumeAll(use), 'resume');
    expect((resumed.body['items'] as unknown[])[1]).toEqual(active);
  });

  it('answer 404 to an account that is none of ours, and 400 to a reason that is none', async () => {
    const stranger = { address: 'stranger@contoso.com' };
    const path = 'accounts/stranger@contoso.com';
    const notOurs = await post(makePauseAccount(use), `${path}/pause`, stranger);
    expect(notOurs).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await post(makeResumeAccount(use), `${path}/resume`, stranger)).status).toBe(404);
    const wrong: [unknown, string][] = [
      [{ reason: 5 }, '/reason invalid_parameter'],
      [{ reason: 'a\nb' }, '/reason invalid_parameter'],
      [{ why: 'x' }, '/why unknown_field'],
      ['[', ' json_invalid'],
    ];
    for (const [body, error] of wrong) {
      const answer = await post(makePauseAll(use), 'pause', {}, body);
      expect([answer.status, errorsOf(answer)]).toEqual([400, [error]]);
    }
    expect((await get(makeListAccounts(use), 'accounts')).body['items']).toContainEqual(active);
  });
});
