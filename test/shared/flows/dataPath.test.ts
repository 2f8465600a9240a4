import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import type { Neighbours } from './mailerHarness.ts';
import { Crash, startNeighbours, until } from './mailerHarness.ts';

/** A transaction has 30 s: time enough for a machine under load. A claim ends after 45 s, of which most are let go by. */
const SCALE = 20;
const SECOND = 1000;
const MINUTE = 60_000;

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(SCALE);
});
afterAll(async () => neighbours.end());

const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
const mail = (to: string, more: Record<string, unknown> = {}) => ({
  to,
  subject: to,
  text: 'Good day',
  ...more,
});

describe('from the outbox', () => {
  it('sends a message straight on, with its record and its exact usage', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('ann@contoso.com'));
    const [received, ...others] = await neighbours.inbox('ann@contoso.com');
    expect(others).toEqual([]);
    const message = await mailer.messages.message(id);
    expect(message).toMatchObject({
      status: 'sent',
      counts: { recipients: 1, internal: 1, external: 0, accepted: 1, unknownSpends: 0 },
      recipients: [{ address: 'ann@contoso.com', status: 'accepted' }],
      deliveries: [{ messageId: received!.messageId }],
    });
    const usage = await mailer.usage.today();
    expect(usage.scopes.find((scope) => scope.scope === 'tenant')).toMatchObject({ used: 1, limit: 100_000 });
    expect(await mailer.drain()).toBe(0);
  });

  it('takes a redelivered item for the same message, and sends nothing twice', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('twice@contoso.com'));
    await mailer.takeFromOutbox.take(id, mail('twice@contoso.com'));
    expect(await neighbours.inbox('twice@contoso.com')).toHaveLength(1);
  });

  it('records what is not valid as rejected, with every problem, and keeps the original', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    const item = { to: 'nobody', colour: 'red', text: 'x', subject: 'a\r\nBcc: b@contoso.com' };
    await mailer.takeFromOutbox.take(id, item);
    const message = await mailer.messages.message(id);
    expect(message?.status).toBe('rejected');
    expect(message?.problems.map((problem) => problem.pointer).toSorted()).toEqual([
      '/colour',
      '/subject',
      '/to',
    ]);
    const letter = await mailer.ports.deadLetters.read(message!.createdAt.slice(0, 10), `${id}.0.1`);
    expect(letter).toMatchObject({ reason: 'rejected', messageId: id });
    expect(JSON.parse(Buffer.from(letter!.raw!).toString())).toEqual(item);
  });
});

describe('a message to 120 recipients', () => {
  it('makes three deliveries, each once, and hides the list', async () => {
    const mailer = await neighbours.mailer();
    const to = Array.from({ length: 120 }, (_, n) => `r${n}@${n % 10 === 0 ? 'example.org' : 'contoso.com'}`);
    const accepted = await mailer.accept({
      id: newId(mailer),
      source: 'http',
      value: { to, subject: 'split', text: 'x' },
    });
    expect(accepted).toMatchObject({ kind: 'accepted', status: 'queued' });
    expect(await mailer.drain()).toBe(3);
    const message = await mailer.messages.message((accepted as { id: string }).id);
    expect(message).toMatchObject({
      status: 'sent',
      counts: { recipients: 120, internal: 108, external: 12, accepted: 120 },
    });
    expect(message!.deliveries.map((delivery) => delivery.delivery)).toEqual([1, 2, 3]);
    for (const address of [to[0]!, to[1]!, to[119]!]) {
      expect(await neighbours.inbox(address)).toHaveLength(1);
    }
    const usage = await mailer.usage.today();
    expect(usage.scopes.map(({ scope, used }) => [scope, used])).toEqual(
      expect.arrayContaining([
        ['tenant', 120],
        ['external', 12],
      ]),
    );
  });
});

describe('a crash', () => {
  it('between the acceptance by SMTP and the record ends as unknown and goes again under the same identity', async () => {
    let crash = true;
    const mailer = await neighbours.mailer({}, (ports) => ({
      ...ports,
      store: {
        ...ports.store,
        async replace(next, etag) {
          // The outcome's write: the process ends before it.
          if (crash && next.status === 'sent') throw new Crash();
          return ports.store.replace(next, etag);
        },
      },
    }));
    const id = newId(mailer);
    await expect(mailer.takeFromOutbox.take(id, mail('crash@contoso.com'))).rejects.toThrow(Crash);
    expect((await mailer.messages.message(id))?.status).toBe('sending');
    crash = false;
    await until('the message to be sent again', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    const [first, second, ...others] = await neighbours.inbox('crash@contoso.com');
    expect(others).toEqual([]);
    expect(second).toMatchObject({ messageId: first!.messageId, repeatOf: first!.id });
    const message = await mailer.messages.message(id);
    expect(message?.counts).toMatchObject({ accepted: 1, unknownSpends: 1 });
    expect(message?.deliveries[0]?.attempts.map((attempt) => attempt.unknown)).toEqual([1, 0]);
    // A spend of unknown outcome counts, and its repeat counts again.
    expect((await mailer.usage.today()).scopes[0]).toMatchObject({ scope: 'tenant', used: 2 });
  });

  it('between the record and the item is mended by the sweep', async () => {
    let crash = true;
    const mailer = await neighbours.mailer({}, (ports) => ({
      ...ports,
      queues: {
        ...ports.queues,
        async put(queue, item, delayMs) {
          if (crash) throw new Crash();
          return ports.queues.put(queue, item, delayMs);
        },
      },
    }));
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail('noitem@contoso.com') });
    expect(await mailer.drain()).toBe(0);
    crash = false;
    await until('the sweep to put the item', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect(await neighbours.inbox('noitem@contoso.com')).toHaveLength(1);
    expect(mailer.lines.some((line) => line.includes('was overdue while queued'))).toBe(true);
  });

  it('before the row is written leaves the item to come again', async () => {
    let crash = true;
    const mailer = await neighbours.mailer({}, (ports) => ({
      ...ports,
      store: {
        ...ports.store,
        async insert(head, deliveries) {
          if (crash) throw new Crash();
          return ports.store.insert(head, deliveries);
        },
      },
    }));
    const id = newId(mailer);
    await expect(mailer.takeFromOutbox.take(id, mail('norow@contoso.com'))).rejects.toThrow(Crash);
    expect(await mailer.messages.message(id)).toBeNull();
    crash = false;
    await mailer.takeFromOutbox.take(id, mail('norow@contoso.com'));
    expect(await neighbours.inbox('norow@contoso.com')).toHaveLength(1);
  });
});

describe('over the quota', () => {
  it('what does not fit waits in its room, and goes in order when there is room again', async () => {
    const mailer = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '2' });
    const send = async (name: string, priority: string): Promise<string> => {
      const id = newId(mailer);
      await mailer.takeFromOutbox.take(id, mail(`${name}@contoso.com`, { priority }));
      return id;
    };
    await send('q1', 'normal');
    await send('q2', 'normal');
    const low = await send('q3', 'normal');
    const high = await send('q4', 'critical');
    for (const id of [low, high]) {
      const waiting = await mailer.messages.message(id);
      expect(waiting).toMatchObject({ status: 'deferred', waitsFor: 'quota:tenant' });
      expect(Date.parse(waiting!.nextAttemptAt!)).toBeGreaterThan(mailer.clock.now());
    }
    expect(await neighbours.inbox('q3@contoso.com')).toEqual([]);
    await mailer.sweep();
    expect(await mailer.drain()).toBe(0);
    const front = await mailer.ports.rooms.front('quota:tenant');
    expect(front?.id).toBe(high);
    const usage = await mailer.usage.today();
    expect(usage.scopes.find((scope) => scope.scope === 'tenant')).toMatchObject({
      used: 2,
      remaining: 0,
      waiting: 2,
    });
  });

  it('a mixed delivery sends its internal recipients and keeps the external ones', async () => {
    const mailer = await neighbours.mailer({ HVE_LIMIT_EXTERNAL_PER_DAY: '1' });
    await mailer.takeFromOutbox.take(newId(mailer), mail('out1@example.org'));
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, {
      to: ['in@contoso.com', 'out2@example.org'],
      subject: 's',
      text: 't',
    });
    await mailer.drain();
    expect(await mailer.messages.message(id)).toMatchObject({
      status: 'deferred',
      waitsFor: 'quota:external',
      counts: { accepted: 1, waiting: 1 },
    });
    expect(await neighbours.inbox('in@contoso.com')).toHaveLength(1);
    expect(await neighbours.inbox('out2@example.org')).toEqual([]);
  });

  it('external recipients are refused one by one where the profile allows none', async () => {
    const mailer = await neighbours.mailer({ HVE_LIMIT_EXTERNAL_PER_DAY: '0' });
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, {
      to: ['in2@contoso.com', 'out3@example.org'],
      subject: 's',
      text: 't',
    });
    const message = await mailer.messages.message(id);
    expect(message).toMatchObject({ status: 'partially_sent', counts: { accepted: 1, failed: 1 } });
    expect(message!.recipients[1]!.reply).toContain('5.5.105');
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(1);
  });
});

describe('trouble', () => {
  it('of an account parks the delivery with cause and remedy, and ends when a probe passes', async () => {
    const mailer = await neighbours.mailer();
    neighbours.vault.setSecret('hve-password', 'wrong');
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('locked@contoso.com'));
    expect(await mailer.messages.message(id)).toMatchObject({
      status: 'deferred',
      waitsFor: 'account:hve@contoso.com',
    });
    const health = await mailer.readHealth(false);
    const check = health.checks.find((one) => one.name === 'hve@contoso.com');
    expect(check).toMatchObject({ status: 'degraded', remedy: expect.stringContaining('Key Vault') });
    // Another account is not concerned.
    const other = newId(mailer);
    await mailer.takeFromOutbox.take(other, mail('free@contoso.com', { from: 'payroll@contoso.com' }));
    expect((await mailer.messages.message(other))?.status).toBe('sent');
    neighbours.vault.setSecret('hve-password', 'correct horse');
    await until('the probe to pass', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect(await neighbours.inbox('locked@contoso.com')).toHaveLength(1);
    expect((await mailer.readHealth(false)).status).toBe('ok');
  });

  it('Key Vault down parks, burns no try, and goes on by itself', async () => {
    const mailer = await neighbours.mailer();
    neighbours.vault.setFault({ reply: 'forbidden' });
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('vault@contoso.com'));
    expect((await mailer.messages.message(id))?.status).toBe('deferred');
    neighbours.vault.setFault(null);
    await until('it to be sent', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect((await mailer.messages.message(id))?.deliveries[0]?.attempts).toHaveLength(1);
  });

  it('a recipient that does not exist fails, the rest is sent, and the dead letter says why', async () => {
    const mailer = await neighbours.mailer();
    const reply = '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found';
    await neighbours.setFault({ reply, stage: 'rcpt', address: 'gone@contoso.com' });
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, {
      to: ['here@contoso.com', 'gone@contoso.com'],
      subject: 's',
      text: 't',
    });
    await neighbours.clearFaults();
    const message = await mailer.messages.message(id);
    expect(message).toMatchObject({ status: 'partially_sent', counts: { accepted: 1, failed: 1 } });
    expect(message!.recipients[1]).toMatchObject({
      reply,
      cause: 'no such recipient',
      remedy: 'correct the address',
    });
    const letter = await mailer.ports.deadLetters.read(message!.createdAt.slice(0, 10), `${id}.0.2`);
    expect(letter).toMatchObject({ reason: 'partially_sent', lastReply: reply });
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(1);
  });

  it('a refusal in passing goes again by the schedule, to those only who were refused', async () => {
    const mailer = await neighbours.mailer();
    await neighbours.setFault({
      reply: '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded',
      stage: 'rcpt',
      address: 'busy@contoso.com',
      count: 1,
    });
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, {
      to: ['idle@contoso.com', 'busy@contoso.com'],
      subject: 's',
      text: 't',
    });
    expect((await mailer.messages.message(id))?.status).toBe('queued');
    await until('the second try', async () => {
      mailer.letGoBy(SECOND);
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect(await neighbours.inbox('idle@contoso.com')).toHaveLength(1);
    expect(await neighbours.inbox('busy@contoso.com')).toHaveLength(1);
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(2);
  });
});

describe('time', () => {
  it('a message with sendAt waits in its room until then; one that expires first never goes', async () => {
    const mailer = await neighbours.mailer();
    const at = (ms: number): string => new Date(mailer.clock.now() + ms).toISOString();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('later@contoso.com', { sendAt: at(MINUTE) }));
    expect(await mailer.messages.message(id)).toMatchObject({ status: 'scheduled', waitsFor: 'time' });
    await mailer.sweep();
    expect(await mailer.drain()).toBe(0);
    expect(await neighbours.inbox('later@contoso.com')).toEqual([]);
    mailer.letGoBy(MINUTE);
    await until('its time', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect(await neighbours.inbox('later@contoso.com')).toHaveLength(1);
  });

  it('a parked message expires at its time and becomes a dead letter', async () => {
    const mailer = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '1' });
    await mailer.takeFromOutbox.take(newId(mailer), mail('first@contoso.com'));
    const id = newId(mailer);
    const expiresAt = new Date(mailer.clock.now() + MINUTE).toISOString();
    await mailer.takeFromOutbox.take(id, mail('stale@contoso.com', { expiresAt }));
    expect((await mailer.messages.message(id))?.status).toBe('deferred');
    mailer.letGoBy(MINUTE);
    await until('it to expire', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      return (await mailer.messages.message(id))?.status === 'expired';
    });
    expect(await neighbours.inbox('stale@contoso.com')).toEqual([]);
  });
});

describe('idempotency', () => {
  it('the same key and body is one message; another body is refused', async () => {
    const mailer = await neighbours.mailer();
    const value = mail('key@contoso.com', { idempotencyKey: 'payroll-1' });
    const first = await mailer.accept({ id: newId(mailer), source: 'http', value });
    const again = await mailer.accept({ id: newId(mailer), source: 'http', value });
    expect(again).toEqual({ ...first, replayed: true });
    const other = await mailer.accept({
      id: newId(mailer),
      source: 'http',
      value: { ...value, text: 'other' },
    });
    expect(other.kind).toBe('keyReused');
    await mailer.drain();
    expect(await neighbours.inbox('key@contoso.com')).toHaveLength(1);
  });
});

describe('lists', () => {
  it('are newest first, filtered, in pages', async () => {
    const mailer = await neighbours.mailer();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const id = newId(mailer);
      ids.push(id);
      await mailer.takeFromOutbox.take(
        id,
        mail(`l${n}@contoso.com`, { reference: `ref-${n % 2}`, mode: 'capture' }),
      );
    }
    const all = await mailer.messages.list({ limit: 3 });
    expect(all.items.map((item) => item.id)).toEqual(ids.toSorted().toReversed().slice(0, 3));
    const rest = await mailer.messages.list({ limit: 3, cursor: all.cursor });
    expect(rest.items.map((item) => item.id)).toEqual(ids.toSorted().toReversed().slice(3));
    expect(rest.cursor).toBeUndefined();
    expect((await mailer.messages.list({ limit: 9, reference: 'ref-1' })).items).toHaveLength(2);
    expect((await mailer.messages.list({ limit: 9, status: 'captured' })).items).toHaveLength(5);
    expect((await mailer.messages.list({ limit: 9, status: 'sent' })).items).toHaveLength(0);
  });
});
