import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { startNeighbours, until } from './mailerHarness.ts';

/** A transaction has 30 s: time enough for a machine under load. */
const SCALE = 20;
const SECOND = 1000;

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(SCALE);
});
afterAll(async () => neighbours.end());

const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));

describe('an instance that stops', () => {
  it('takes no new claim: what comes from the outbox is recorded, and its item is there for another', async () => {
    const mailer = await neighbours.mailer();
    await mailer.close();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, { to: 'stopped@contoso.com', subject: 's', text: 't' });
    expect((await mailer.messages.message(id))?.status).toBe('queued');
    expect(await neighbours.inbox('stopped@contoso.com')).toEqual([]);
    expect(await mailer.ports.queues.frontVisibleSince('deliveries')).not.toBeNull();
    await mailer.deliver({ messageId: id, delivery: 0, attempt: 1 });
    expect((await mailer.messages.message(id))?.deliveries[0]?.attempts).toEqual([]);
    await discardItems();
  });

  it('gives up what has not sent its last byte, and the next instance sends it once', async () => {
    const settings = { HVE_TABLE_PREFIX: 'stopping' };
    const mailer = await neighbours.mailer(settings);
    let reached = (): void => undefined;
    const composing = new Promise<void>((resolve) => (reached = resolve));
    const slow = await neighbours.mailer(settings, (ports) => ({
      ...ports,
      transport: {
        ...ports.transport,
        async send(transaction) {
          reached();
          await until('the stop', async () => !transaction.pointOfNoReturn());
          return ports.transport.send(transaction);
        },
      },
    }));
    const id = newId(slow);
    const taking = slow.takeFromOutbox.take(id, { to: 'handed@contoso.com', subject: 's', text: 't' });
    await composing;
    await slow.close();
    await taking;
    expect(await mailer.messages.message(id)).toMatchObject({ status: 'queued', counts: { unknown: 0 } });
    await until('the next instance', async () => {
      mailer.letGoBy(SECOND);
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect(await neighbours.inbox('handed@contoso.com')).toHaveLength(1);
    // It stopped before the transaction ended, since all durations are so short here: only now its lease can be closed.
    await slow.close();
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(1);
  });

  it('gives back what its leases have left: the next instance can use all of it at once', async () => {
    const settings = { HVE_TABLE_PREFIX: 'givingback', HVE_LIMIT_RECIPIENTS_PER_DAY: '10' };
    const [mailer, next] = [await neighbours.mailer(settings), await neighbours.mailer(settings)];
    const send = async (through: TestMailer, count: number): Promise<string | undefined> => {
      const id = newId(through);
      const to = Array.from({ length: count }, (_, n) => `rest${n}@contoso.com`);
      await through.takeFromOutbox.take(id, { to, subject: 's', text: 't' });
      return (await through.messages.message(id))?.status;
    };
    expect(await send(mailer, 1)).toBe('sent');
    const [before] = (await next.usage.today()).scopes;
    expect(before).toMatchObject({ scope: 'tenant', used: 1 });
    expect(before!.leased).toBeGreaterThan(0);
    await mailer.close();
    expect((await next.usage.today()).scopes[0]).toMatchObject({ used: 1, leased: 0, remaining: 9 });
    expect(await send(next, 9)).toBe('sent');
  });
});

describe('a split message', () => {
  it('is composed once for all its deliveries on an instance', async () => {
    let composed = 0;
    const mailer = await neighbours.mailer({}, (ports) => ({
      ...ports,
      composer: {
        ...ports.composer,
        async compose(content) {
          composed++;
          return ports.composer.compose(content);
        },
      },
    }));
    const to = Array.from({ length: 120 }, (_, n) => `once${n}@contoso.com`);
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: { to, subject: 's', text: 't' } });
    expect(await mailer.drain()).toBe(3);
    expect((await mailer.messages.message(id))?.status).toBe('sent');
    expect(composed).toBe(1);
  });
});

async function discardItems(): Promise<void> {
  const other = await neighbours.mailer();
  await other.drain();
}
