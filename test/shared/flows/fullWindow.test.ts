/** What a full window costs, in operations of Storage as they leave the process, and who may go when there is room again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import { countRequests } from './countRequests.ts';
import type { RequestCount } from './countRequests.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

interface FullWindow extends TestMailer {
  readonly requests: RequestCount;
  send(changes?: Record<string, unknown>): Promise<string>;
  setQuota(quotaPerDay: number): Promise<void>;
}

/** The app `crm` has used its quota up, and the instance remembers that. */
async function fill(HVE_TABLE_PREFIX: string): Promise<FullWindow> {
  // What is remembered for a minute is remembered for the whole test, however long that takes.
  const mailer = await neighbours.mailer({ HVE_TABLE_PREFIX }, (ports) => {
    const startedAt = ports.clock.monotonic();
    return { ...ports, clock: { ...ports.clock, monotonic: () => startedAt } };
  });
  const { queue, table } = neighbours.azurite.ports;
  const full: FullWindow = {
    ...mailer,
    requests: countRequests([queue, table], HVE_TABLE_PREFIX),
    async send(changes = {}) {
      const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
      const value = { app: 'crm', to: 'ann@contoso.com', subject: 's', text: 't', ...changes };
      await mailer.takeFromOutbox.take(id, value);
      return id;
    },
    setQuota: async (quotaPerDay) =>
      mailer.appBook.write({ name: 'crm', accounts: null, quotaPerDay, highestPriority: null }),
  };
  await full.setQuota(1);
  await full.send();
  await full.send();
  // What it does every five minutes is done.
  await full.sweep();
  full.requests.take();
  return full;
}

async function statusOf({ messages }: TestMailer, id: string): Promise<string | undefined> {
  return (await messages.message(id))?.status;
}

/** The requests without so many of each kind; fewer of one than that fails. */
function without(taken: Record<string, number>, count: number, kinds: readonly string[]) {
  const rest: Record<string, number> = {};
  for (const [kind, n] of Object.entries(taken)) {
    const left = n - (kinds.includes(kind) ? count : 0);
    if (left !== 0) rest[kind] = left;
  }
  for (const kind of kinds) expect(taken[kind] ?? 0).toBeGreaterThanOrEqual(count);
  return rest;
}

describe('of messages that meet a full window', () => {
  it('each costs two operations to put away, and four to release, beside what all share', async () => {
    const RELEASE = ['GET messages', 'PATCH messages', 'POST mail-deliveries', 'DELETE waiting'];
    const shared: Record<string, number>[] = [];
    for (const count of [3, 20]) {
      const full = await fill(`cost${count}x`);
      for (let n = 0; n < count; n++) await full.send();
      expect(full.requests.take()).toEqual({ 'POST waiting': count, 'POST messages': count });
      await full.setQuota(100);
      full.requests.take();
      await full.sweep();
      // One more: the message that filled the window.
      shared.push(without(full.requests.take(), count + 1, RELEASE));
      full.requests.stop();
      expect(await full.drain()).toBe(count + 1);
    }
    expect(shared[1]).toEqual(shared[0]);
    // The rooms, their pages, the queues' fronts, the ledger, the standings, the app's rules, the touch and the heartbeat.
    const operations = Object.values(shared[0]!).reduce((sum, n) => sum + n, 0);
    expect(operations).toBeLessThanOrEqual(20);
  });

  it('none costs a sweep anything while nothing has changed, however many wait', async () => {
    const full = await fill('still');
    await full.sweep();
    const before = full.requests.take();
    for (let n = 0; n < 20; n++) await full.send();
    full.requests.take();
    await full.sweep();
    expect(full.requests.take()).toEqual(before);
    full.requests.stop();
  });

  it('one that expires costs one operation more: it lies in the room of time too', async () => {
    const full = await fill('expires');
    await full.send({ expiresAt: new Date(full.clock.now() + 3_600_000).toISOString() });
    expect(full.requests.take()).toEqual({ 'POST waiting': 2, 'POST messages': 1 });
    full.requests.stop();
  });

  it('those of other apps cost what they always do, and go', async () => {
    const full = await fill('others');
    expect(await statusOf(full, await full.send({ app: 'payroll' }))).toBe('sent');
    full.requests.take();
    const id = await full.send({ app: 'payroll' });
    // The claim and the outcome: the lease is in memory, the day is touched.
    expect(full.requests.take()).toEqual({ 'POST messages': 1, 'PATCH messages': 1 });
    expect(await statusOf(full, id)).toBe('sent');
    full.requests.stop();
  });
});

describe('when there is room again', () => {
  it('the most urgent go first, then the oldest; what comes meanwhile overtakes none of its priority', async () => {
    const full = await fill('order');
    for (const [name, priority] of [
      ['old', 'normal'],
      ['young', 'normal'],
      ['urgent', 'critical'],
    ]) {
      await full.send({ to: `${name}@contoso.com`, priority });
    }
    // The one that filled the window, the urgent one and the old one.
    await full.setQuota(4);
    await full.sweep();
    const late = await full.send({ to: 'late@contoso.com' });
    expect(await statusOf(full, late)).toBe('deferred');
    await full.drain();
    const answer = await fetch(`${neighbours.simulator.inboxUrl}/messages`);
    const mails = (await answer.json()) as { to: string[] }[];
    const order = mails.toReversed().flatMap(({ to }) => to);
    expect(order.filter((to) => /^(old|young|urgent|late)@/u.test(to))).toEqual([
      'urgent@contoso.com',
      'old@contoso.com',
    ]);
    await full.setQuota(100);
    await full.sweep();
    await full.drain();
    expect(await neighbours.inbox('young@contoso.com')).toHaveLength(1);
    expect(await statusOf(full, late)).toBe('sent');
    full.requests.stop();
  });

  it('external mail that waits has stood before no internal mail', async () => {
    const mailer = await neighbours.mailer({ HVE_LIMIT_EXTERNAL_PER_DAY: '1' });
    const send = async (to: string[]): Promise<string> => {
      const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
      await mailer.takeFromOutbox.take(id, { to, subject: 's', text: 't' });
      return id;
    };
    await send(['first@example.org']);
    const waits = await send(['second@example.org']);
    const mixed = await send(['inside@contoso.com', 'third@example.org']);
    const internal = await send(['bob@contoso.com', 'inside2@contoso.com']);
    expect(await statusOf(mailer, waits)).toBe('deferred');
    expect(await statusOf(mailer, internal)).toBe('sent');
    await mailer.drain();
    expect(await mailer.messages.message(mixed)).toMatchObject({
      status: 'deferred',
      waitsFor: 'quota:external',
      counts: { accepted: 1, waiting: 1 },
    });
  });
});

describe('a message that would rather be rejected than wait', () => {
  it('is rejected when it comes from the outbox, and kept with the reason', async () => {
    const full = await fill('reject');
    const id = await full.send({ onQuota: 'reject' });
    expect(await full.messages.message(id)).toMatchObject({
      status: 'rejected',
      problems: [{ pointer: '/onQuota', code: 'quota', detail: expect.stringContaining('the app crm') }],
    });
    const letter = await full.ports.deadLetters.read(
      new Date(full.clock.now()).toISOString().slice(0, 10),
      `${id}.0.1`,
    );
    expect(letter).toMatchObject({ reason: 'rejected', messageId: id });
    // By what is really taken, not by who waits: another one is before it in the room.
    await full.setQuota(2);
    expect(await statusOf(full, await full.send({ onQuota: 'reject' }))).toBe('sent');
    full.requests.stop();
  });

  it('is not recorded when it comes by HTTP; scheduled and captured ones are not asked', async () => {
    const full = await fill('rejecthttp');
    const accept = async (changes: Record<string, unknown>) => {
      const id = makeMessageId(full.clock.now(), full.chance.bytes(10));
      const value = {
        app: 'crm',
        to: 'a@contoso.com',
        subject: 's',
        text: 't',
        onQuota: 'reject',
        ...changes,
      };
      return { id, answer: await full.accept({ id, source: 'http', value }) };
    };
    const { id, answer } = await accept({});
    expect(answer).toMatchObject({ kind: 'quotaFull', refused: { scope: 'app:crm', tooLarge: false } });
    expect(await full.messages.message(id)).toBeNull();
    const sendAt = new Date(full.clock.now() + 3_600_000).toISOString();
    expect((await accept({ sendAt })).answer).toMatchObject({ kind: 'accepted', status: 'scheduled' });
    expect((await accept({ mode: 'capture' })).answer.kind).toBe('accepted');
    expect((await accept({ onQuota: 'defer' })).answer.kind).toBe('accepted');
    expect((await accept({ app: 'payroll' })).answer.kind).toBe('accepted');
    full.requests.stop();
  });

  it('is rejected at last where others took what was left after it had been accepted', async () => {
    const full = await fill('rejectlate');
    await full.setQuota(3);
    const id = makeMessageId(full.clock.now(), full.chance.bytes(10));
    const value = { app: 'crm', to: ['a@contoso.com', 'b@contoso.com'], subject: 's', text: 't' };
    const answer = await full.accept({ id, source: 'http', value: { ...value, onQuota: 'reject' } });
    expect(answer.kind).toBe('accepted');
    await full.send({ priority: 'critical' });
    await full.drain();
    expect(await full.messages.message(id)).toMatchObject({
      status: 'rejected',
      recipients: [{ status: 'failed', cause: expect.stringContaining('onQuota: reject') }, {}],
    });
    await full.setQuota(5);
    expect(await full.redrive(id)).toEqual({ kind: 'going', deliveries: 1 });
    await full.drain();
    expect(await statusOf(full, id)).toBe('sent');
    full.requests.stop();
  });
});
