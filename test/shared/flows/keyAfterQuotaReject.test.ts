import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import type { Neighbours } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
const mail = (to: string, key: string) => ({
  to,
  subject: 'key',
  text: 'Good day',
  onQuota: 'reject',
  idempotencyKey: key,
});

/** Its quota is used up, and a message from the outbox was rejected for that. */
async function makeFull(prefix: string, to: string) {
  const full = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '1', HVE_TABLE_PREFIX: prefix });
  await full.takeFromOutbox.take(newId(full), mail('first@contoso.com', 'first'));
  const id = newId(full);
  await full.takeFromOutbox.take(id, mail(to, 'again'));
  expect((await full.messages.message(id))?.status).toBe('rejected');
  return { full, id };
}

describe('a key whose message was rejected at the outbox, since the quota was full', () => {
  it('sends it when it comes again from the outbox and there is room, under the first id, once', async () => {
    const { id } = await makeFull('keyout', 'out@contoso.com');
    const raised = await neighbours.mailer({ HVE_TABLE_PREFIX: 'keyout' });
    for (let n = 0; n < 2; n++) {
      await raised.takeFromOutbox.take(newId(raised), mail('out@contoso.com', 'again'));
      await raised.drain();
    }
    expect(await raised.messages.message(id)).toMatchObject({ status: 'sent' });
    expect(await neighbours.inbox('out@contoso.com')).toHaveLength(1);
    expect((await raised.deadLetterReader.list({ limit: 50 })).items).toEqual([]);
  });

  it('is answered over HTTP that the quota is full, as long as it is; then it is accepted and sent', async () => {
    const { full, id } = await makeFull('keyhttp', 'http@contoso.com');
    const post = async (mailer: Mailer) =>
      mailer.accept({ id: newId(mailer), value: mail('http@contoso.com', 'again'), source: 'http' });
    expect(await post(full)).toMatchObject({ kind: 'quotaFull' });
    const raised = await neighbours.mailer({ HVE_TABLE_PREFIX: 'keyhttp' });
    expect(await post(raised)).toMatchObject({ kind: 'accepted', id, replayed: false });
    expect(await post(raised)).toMatchObject({ kind: 'accepted', id, replayed: true });
    await raised.drain();
    expect(await raised.messages.message(id)).toMatchObject({ status: 'sent' });
    expect(await neighbours.inbox('http@contoso.com')).toHaveLength(1);
  });
});

describe('a key whose message was answered over HTTP that the quota is full', () => {
  it('is free: another body under it is accepted when there is room', async () => {
    const full = await neighbours.mailer({
      HVE_LIMIT_RECIPIENTS_PER_DAY: '1',
      HVE_TABLE_PREFIX: 'keyfree',
    });
    await full.takeFromOutbox.take(newId(full), mail('first@contoso.com', 'first'));
    const post = async (mailer: Mailer, body: object) =>
      mailer.accept({ id: newId(mailer), value: body, source: 'http' });
    expect(await post(full, mail('free@contoso.com', 'k'))).toMatchObject({ kind: 'quotaFull' });
    const waits = { ...mail('free@contoso.com', 'k'), onQuota: 'defer' };
    expect(await post(full, waits)).toMatchObject({ kind: 'accepted', replayed: false });
    expect(await post(full, mail('free@contoso.com', 'k'))).toMatchObject({ kind: 'keyReused' });
  });
});
