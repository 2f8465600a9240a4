import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import { Unavailable } from '../../../shared/ports.ts';
import type { MailTransport, MessageStore, Ports } from '../../../shared/ports.ts';
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
const mail = (to: string | readonly string[], more: Record<string, unknown> = {}) => ({
  to,
  subject: 'cancel',
  text: 'Good day',
  ...more,
});
const people = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${name}${n}@contoso.com`);
/** Ports whose message store, or transport, is changed. */
const withStore = (change: (store: MessageStore) => Partial<MessageStore>) => (ports: Ports) => ({
  ...ports,
  store: { ...ports.store, ...change(ports.store) },
});
const withSend = (send: (transport: MailTransport) => MailTransport['send']) => (ports: Ports) => ({
  ...ports,
  transport: { ...ports.transport, send: send(ports.transport) },
});

describe('canceling what is not on its way', () => {
  it('stops what is queued: its item then sends nothing', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail('queued@contoso.com') });
    expect(await mailer.cancelMessage(id)).toEqual({ kind: 'canceled', stopped: 1, onTheirWay: 0 });
    expect(await mailer.drain()).toBe(1);
    expect(await neighbours.inbox('queued@contoso.com')).toEqual([]);
    const message = await mailer.messages.message(id);
    expect(message).toMatchObject({ status: 'canceled', counts: { failed: 1, waiting: 0, unknown: 0 } });
    expect(message!.recipients[0]).toMatchObject({ reply: 'canceled before it was sent' });
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(0);
  });

  it('stops what is scheduled and what is deferred; the sweep tidies their rooms', async () => {
    const mailer = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '1' });
    await mailer.takeFromOutbox.take(newId(mailer), mail('full@contoso.com'));
    const deferred = newId(mailer);
    await mailer.takeFromOutbox.take(deferred, mail('deferred@contoso.com'));
    const scheduled = newId(mailer);
    const sendAt = new Date(mailer.clock.now() + MINUTE).toISOString();
    await mailer.takeFromOutbox.take(scheduled, mail('scheduled@contoso.com', { sendAt }));
    for (const id of [deferred, scheduled]) {
      expect(await mailer.cancelMessage(id)).toEqual({ kind: 'canceled', stopped: 1, onTheirWay: 0 });
      expect(await mailer.messages.message(id)).toMatchObject({
        status: 'canceled',
        waitsFor: null,
        nextAttemptAt: null,
      });
    }
    expect(await mailer.ports.rooms.front('quota:tenant')).not.toBeNull();
    mailer.letGoBy(MINUTE);
    await until('the rooms to be empty', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      const fronts = [await mailer.ports.rooms.front('quota:tenant'), await mailer.ports.rooms.front('time')];
      return fronts.every((front) => front === null);
    });
    expect(await mailer.drain()).toBe(0);
    expect(await neighbours.inbox('scheduled@contoso.com')).toEqual([]);
  });

  it('stops the deliveries of a split message that have not gone, in one transaction', async () => {
    const transactions: number[] = [];
    const mailer = await neighbours.mailer(
      {},
      withStore((store) => ({
        async replaceAll(changes) {
          transactions.push(changes.length);
          return store.replaceAll(changes);
        },
      })),
    );
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail(people('split', 120)) });
    await mailer.deliver({ messageId: id, delivery: 2, attempt: 1 });
    expect(await mailer.cancelMessage(id)).toEqual({ kind: 'canceled', stopped: 2, onTheirWay: 0 });
    expect(transactions).toEqual([2]);
    await mailer.drain();
    const message = await mailer.messages.message(id);
    expect(message!.deliveries.map(({ status }) => status)).toEqual(['canceled', 'sent', 'canceled']);
    expect(message).toMatchObject({
      status: 'partially_sent',
      counts: { accepted: 50, failed: 70, waiting: 0 },
    });
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(50);
  });

  it('says that there is nothing to stop once all is final, or nothing is there', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('sent@contoso.com'));
    expect(await mailer.cancelMessage(id)).toEqual({ kind: 'final' });
    expect((await mailer.messages.message(id))?.status).toBe('sent');
    expect(await mailer.cancelMessage(newId(mailer))).toEqual({ kind: 'missing' });
  });
});

describe('canceling what is on its way', () => {
  const DURING = { kind: 'canceled', stopped: 0, onTheirWay: 1 };

  it('leaves it to end as it ends: accepted is sent', async () => {
    let during: unknown = null;
    const mailer: Awaited<ReturnType<Neighbours['mailer']>> = await neighbours.mailer(
      {},
      withSend((transport) => async (transaction) => {
        during ??= await mailer.cancelMessage(id);
        return transport.send(transaction);
      }),
    );
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('onitsway@contoso.com'));
    expect(during).toEqual(DURING);
    expect((await mailer.messages.message(id))?.status).toBe('sent');
    expect(await neighbours.inbox('onitsway@contoso.com')).toHaveLength(1);
  });

  it('does not try again what is refused in passing', async () => {
    let during: unknown = null;
    const mailer: Awaited<ReturnType<Neighbours['mailer']>> = await neighbours.mailer(
      {},
      withSend((transport) => async (transaction) => {
        during ??= await mailer.cancelMessage(id);
        return transport.send(transaction);
      }),
    );
    const reply = '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded';
    await neighbours.setFault({ reply, stage: 'rcpt', address: 'later@contoso.com', count: 1 });
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail(['now@contoso.com', 'later@contoso.com']));
    await neighbours.clearFaults();
    expect(during).toEqual(DURING);
    const message = await mailer.messages.message(id);
    expect(message).toMatchObject({ status: 'canceled', counts: { accepted: 1, failed: 1, waiting: 0 } });
    expect(await mailer.drain()).toBe(0);
    expect(await neighbours.inbox('later@contoso.com')).toEqual([]);
  });

  it('ends canceled with its recipients unknown where its outcome stays unknown, and sends nothing again', async () => {
    let crash = true;
    const mailer = await neighbours.mailer(
      {},
      withStore((store) => ({
        async replace(next, etag) {
          if (crash && next.status === 'sent') throw new Crash();
          return store.replace(next, etag);
        },
      })),
    );
    const id = newId(mailer);
    await expect(mailer.takeFromOutbox.take(id, mail('doubt@contoso.com'))).rejects.toThrow(Crash);
    crash = false;
    expect(await mailer.cancelMessage(id)).toEqual(DURING);
    // Asked again, it says the same.
    expect(await mailer.cancelMessage(id)).toEqual(DURING);
    const marked = await mailer.ports.store.readDelivery(id, 0);
    expect(marked?.delivery).toMatchObject({ status: 'sending', cancelRequested: true });
    await until('the claim to end', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'canceled';
    });
    expect(await mailer.messages.message(id)).toMatchObject({ counts: { unknown: 1, unknownSpends: 1 } });
    expect(await neighbours.inbox('doubt@contoso.com')).toHaveLength(1);
    expect(await mailer.cancelMessage(id)).toEqual({ kind: 'final' });
  });
});

describe('canceling at the same time as others write', () => {
  it('a claim that came first is marked, not undone', async () => {
    let isRaced = false;
    const mailer: Awaited<ReturnType<Neighbours['mailer']>> = await neighbours.mailer(
      {},
      withStore((store) => ({
        async replaceAll(changes) {
          if (!isRaced) {
            isRaced = true;
            const { delivery, etag } = (await store.readDelivery(id, 0))!;
            const now = mailer.clock.now();
            const claim = {
              token: 't',
              instance: 'other',
              account: delivery.sender,
              at: now,
              endsAt: now + 60_000,
              charge: { lease: String(now), account: delivery.sender, recipients: 1, external: 0 },
              recipients: [0],
            };
            await store.replace({ ...delivery, status: 'sending', claim }, etag);
          }
          return store.replaceAll(changes);
        },
      })),
    );
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail('raced@contoso.com') });
    expect(await mailer.cancelMessage(id)).toEqual({ kind: 'canceled', stopped: 0, onTheirWay: 1 });
    const { delivery } = (await mailer.ports.store.readDelivery(id, 0))!;
    expect(delivery).toMatchObject({
      status: 'sending',
      cancelRequested: true,
      claim: { token: 't', instance: 'other' },
    });
  });

  it('a claim that came later finds it canceled, and gives back what it reserved', async () => {
    let isRaced = false;
    let canceled: unknown = null;
    const mailer: Awaited<ReturnType<Neighbours['mailer']>> = await neighbours.mailer(
      {},
      withStore((store) => ({
        async replace(next, etag) {
          if (!isRaced && next.status === 'sending') {
            isRaced = true;
            canceled = await mailer.cancelMessage(id);
          }
          return store.replace(next, etag);
        },
      })),
    );
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail('early@contoso.com') });
    await mailer.drain();
    expect(canceled).toEqual({ kind: 'canceled', stopped: 1, onTheirWay: 0 });
    expect((await mailer.messages.message(id))?.status).toBe('canceled');
    expect(await neighbours.inbox('early@contoso.com')).toEqual([]);
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(0);
  });

  it('says that nothing can be concluded where the rows never stand still', async () => {
    const mailer = await neighbours.mailer(
      {},
      withStore(() => ({ replaceAll: async (changes) => changes.length === 0 })),
    );
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail('restless@contoso.com') });
    await expect(mailer.cancelMessage(id)).rejects.toThrow(Unavailable);
  });
});
