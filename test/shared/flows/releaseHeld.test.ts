import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import type { Ports } from '../../../shared/ports.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { Crash, startNeighbours, until } from './mailerHarness.ts';

/** A transaction has 30 s: time enough for a machine under load. */
const SCALE = 20;
const SECOND = 1000;

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(SCALE);
});
afterAll(async () => neighbours.end());

const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));

/** A message that is held: the connection was lost after the last byte, though the server took the mail. */
async function held(mailer: TestMailer, to: string): Promise<string> {
  const id = newId(mailer);
  await neighbours.setFault({ reply: 'drop', stage: 'end-of-data', count: 1, address: to });
  await mailer.takeFromOutbox.take(id, { to, subject: 'held', text: 't', onUnknown: 'hold' });
  await neighbours.clearFaults();
  expect(await mailer.messages.message(id)).toMatchObject({ status: 'held', counts: { unknown: 1 } });
  return id;
}

const withoutItems = (isDown: () => boolean) => (ports: Ports) => ({
  ...ports,
  queues: {
    ...ports.queues,
    put: async (...args: Parameters<typeof ports.queues.put>) => {
      if (isDown()) throw new Crash();
      return ports.queues.put(...args);
    },
  },
});

describe('what is held', () => {
  it('stays until a person releases it; then it goes under the same identity', async () => {
    const mailer = await neighbours.mailer();
    const id = await held(mailer, 'held@contoso.com');
    const before = (await mailer.messages.message(id))!.deliveries[0]!.messageId;
    await mailer.sweep();
    expect(await mailer.drain()).toBe(0);
    expect(await mailer.releaseHeld(id)).toEqual({ kind: 'going', deliveries: 1 });
    await mailer.drain();
    expect(await mailer.messages.message(id)).toMatchObject({
      status: 'sent',
      counts: { accepted: 1, unknown: 0, unknownSpends: 1 },
    });
    const mails = await neighbours.inbox('held@contoso.com');
    expect(new Set(mails.map(({ messageId }) => messageId))).toEqual(new Set([before]));
  });

  it('can be released once; what is not held cannot', async () => {
    const mailer = await neighbours.mailer();
    const id = await held(mailer, 'once@contoso.com');
    const both = await Promise.all([mailer.releaseHeld(id), mailer.releaseHeld(id)]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['going', 'wrongState']);
    expect(await mailer.releaseHeld(id)).toEqual({ kind: 'wrongState', status: 'queued' });
    await mailer.drain();
    expect(await mailer.releaseHeld(id)).toEqual({ kind: 'wrongState', status: 'sent' });
    expect(await mailer.releaseHeld(newId(mailer))).toEqual({ kind: 'missing' });
  });

  it('goes on by the sweep where the instance dies between the row and the item', async () => {
    let isDown = false;
    const mailer = await neighbours.mailer(
      {},
      withoutItems(() => isDown),
    );
    const id = await held(mailer, 'noitem@contoso.com');
    isDown = true;
    expect((await mailer.releaseHeld(id)).kind).toBe('going');
    isDown = false;
    expect(await mailer.drain()).toBe(0);
    await until('the sweep to put the item', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect(mailer.lines.some((line) => line.includes(`${id} was overdue while queued`))).toBe(true);
  });

  it('is held again at the next unknown outcome where the message says so', async () => {
    const mailer = await neighbours.mailer();
    const id = await held(mailer, 'again@contoso.com');
    await mailer.releaseHeld(id);
    await neighbours.setFault({
      reply: 'drop',
      stage: 'end-of-data',
      count: 1,
      address: 'again@contoso.com',
    });
    await mailer.drain();
    await neighbours.clearFaults();
    expect(await mailer.messages.message(id)).toMatchObject({ status: 'held', counts: { unknownSpends: 2 } });
    expect(await mailer.cancelMessage(id)).toEqual({ kind: 'canceled', stopped: 1, onTheirWay: 0 });
    expect(await mailer.messages.message(id)).toMatchObject({ status: 'canceled', counts: { unknown: 1 } });
  });
});
