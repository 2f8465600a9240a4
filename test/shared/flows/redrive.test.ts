import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
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

const MINUTE = 60_000;
const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
const mail = (to: string | readonly string[], more: Record<string, unknown> = {}) => ({
  to,
  subject: 'redrive',
  text: 'Good day',
  ...more,
});

async function putContent(path: string, text: string): Promise<void> {
  const blobs = BlobServiceClient.fromConnectionString(neighbours.azurite.connectionString);
  const container = blobs.getContainerClient('mail-content');
  await container.createIfNotExists();
  await container.getBlockBlobClient(path).upload(text, Buffer.byteLength(text));
}

/** Sends while the server refuses that recipient for good. */
async function takeRefused(
  mailer: TestMailer,
  message: Record<string, unknown>,
  address: string,
): Promise<string> {
  const id = newId(mailer);
  const reply = '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found';
  await neighbours.setFault({ reply, stage: 'rcpt', address });
  await mailer.takeFromOutbox.take(id, message);
  await neighbours.clearFaults();
  return id;
}

const lettersOf = async (mailer: TestMailer) =>
  (await mailer.deadLetterReader.list({ limit: 50 })).items.map(({ id, reason }) => `${reason} ${id}`);

describe('redriving what failed', () => {
  it('sends to those only who have not got it, under the same id; the dead letter no longer counts', async () => {
    const mailer = await neighbours.mailer();
    const to = ['has1@contoso.com', 'lacks1@contoso.com'];
    const id = await takeRefused(mailer, mail(to, { idempotencyKey: 'once' }), 'lacks1@contoso.com');
    expect((await mailer.messages.message(id))?.status).toBe('partially_sent');
    expect(await lettersOf(mailer)).toEqual([`partially_sent ${id}.0.2`]);

    expect(await mailer.redrive(id)).toEqual({ kind: 'going', deliveries: 1 });
    expect(await lettersOf(mailer)).toEqual([]);
    await mailer.drain();
    expect(await mailer.messages.message(id)).toMatchObject({
      status: 'sent',
      counts: { accepted: 2, failed: 0 },
    });
    for (const address of to) expect(await neighbours.inbox(address)).toHaveLength(1);
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(2);
    expect(await mailer.deadLetterReader.one(`${id}.0.2`)).toMatchObject({ stale: true });
    // The key stays with the id.
    const value = mail(to, { idempotencyKey: 'once' });
    expect(await mailer.accept({ id: newId(mailer), source: 'http', value })).toMatchObject({
      id,
      replayed: true,
    });
    expect(await mailer.redrive(id)).toEqual({ kind: 'wrongState', status: 'sent' });
  });

  it('fails again with a dead letter of its own', async () => {
    const mailer = await neighbours.mailer();
    const id = await takeRefused(mailer, mail('never@contoso.com'), 'never@contoso.com');
    await neighbours.setFault({ reply: '550 5.1.10 no', stage: 'rcpt', address: 'never@contoso.com' });
    await mailer.redrive(id);
    await mailer.drain();
    await neighbours.clearFaults();
    expect(await lettersOf(mailer)).toEqual([`failed ${id}.0.3`]);
  });

  it('goes on once, however many ask', async () => {
    const mailer = await neighbours.mailer();
    const id = await takeRefused(mailer, mail('many@contoso.com'), 'many@contoso.com');
    const all = await Promise.all(Array.from({ length: 4 }, async () => mailer.redrive(id)));
    expect(all.filter(({ kind }) => kind === 'going')).toHaveLength(1);
    await mailer.drain();
    expect(await neighbours.inbox('many@contoso.com')).toHaveLength(1);
    expect(await mailer.redrive(newId(mailer))).toEqual({ kind: 'missing' });
  });

  it('of a split message sets all deliveries going that were given up, or those asked for', async () => {
    const mailer = await neighbours.mailer();
    const to = Array.from({ length: 120 }, (_, n) => `part${n}@contoso.com`);
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail(to) });
    for (const address of [to[0], to[60], to[119]]) {
      await neighbours.setFault({ reply: '550 5.1.10 no', stage: 'rcpt', address });
    }
    await mailer.drain();
    await neighbours.clearFaults();
    expect(await lettersOf(mailer)).toEqual([3, 2, 1].map((n) => `partially_sent ${id}.${n}.2`));
    expect(await mailer.redrive(id, new Set([2]))).toEqual({ kind: 'going', deliveries: 1 });
    expect((await mailer.messages.message(id))!.deliveries.map(({ status }) => status)).toEqual([
      'partially_sent',
      'queued',
      'partially_sent',
    ]);
    expect(await mailer.redrive(id)).toEqual({ kind: 'going', deliveries: 2 });
    await mailer.drain();
    expect(await mailer.messages.message(id)).toMatchObject({ status: 'sent', counts: { accepted: 120 } });
    expect(await neighbours.inbox(to[1]!)).toHaveLength(1);
    expect(await neighbours.inbox(to[60]!)).toHaveLength(1);
  });

  it('of an expired one takes its expiry away', async () => {
    const mailer = await neighbours.mailer({
      HVE_LIMIT_RECIPIENTS_PER_DAY: '1',
      HVE_TABLE_PREFIX: 'expired',
    });
    await mailer.takeFromOutbox.take(newId(mailer), mail('fills@contoso.com'));
    const id = newId(mailer);
    const expiresAt = new Date(mailer.clock.now() + MINUTE).toISOString();
    await mailer.takeFromOutbox.take(id, mail('stale@contoso.com', { expiresAt }));
    mailer.letGoBy(MINUTE);
    await until('it to expire', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      return (await mailer.messages.message(id))?.status === 'expired';
    });
    const raised = await neighbours.mailer({ HVE_TABLE_PREFIX: 'expired' });
    expect(await raised.redrive(id)).toEqual({ kind: 'going', deliveries: 1 });
    await raised.drain();
    expect((await raised.messages.message(id))?.status).toBe('sent');
  });

  it('goes on by the sweep where the instance dies between the rows and the items', async () => {
    let isDown = false;
    const mailer = await neighbours.mailer({}, (ports) => ({
      ...ports,
      queues: {
        ...ports.queues,
        async put(queue, item, delayMs) {
          if (isDown) throw new Crash();
          return ports.queues.put(queue, item, delayMs);
        },
      },
    }));
    const id = await takeRefused(mailer, mail('lost@contoso.com'), 'lost@contoso.com');
    isDown = true;
    expect((await mailer.redrive(id)).kind).toBe('going');
    isDown = false;
    expect(await mailer.drain()).toBe(0);
    await until('the sweep to put the item', async () => {
      mailer.letGoBy(SECOND);
      await mailer.sweep();
      await mailer.drain();
      return (await mailer.messages.message(id))?.status === 'sent';
    });
    expect(await neighbours.inbox('lost@contoso.com')).toHaveLength(1);
  });

  it('of what was rejected for the quota sends it when there is room', async () => {
    const mailer = await neighbours.mailer({ HVE_LIMIT_RECIPIENTS_PER_DAY: '1', HVE_TABLE_PREFIX: 'noroom' });
    await mailer.takeFromOutbox.take(newId(mailer), mail('first@contoso.com'));
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('second@contoso.com', { onQuota: 'reject' }));
    expect((await mailer.messages.message(id))?.status).toBe('rejected');
    expect(await lettersOf(mailer)).toEqual([`rejected ${id}.0.1`]);
    const raised = await neighbours.mailer({ HVE_TABLE_PREFIX: 'noroom' });
    expect(await raised.redrive(id)).toEqual({ kind: 'going', deliveries: 1 });
    await raised.drain();
    expect((await raised.messages.message(id))?.status).toBe('sent');
    expect(await lettersOf(raised)).toEqual([]);
  });
});

describe('redriving what was rejected as invalid', () => {
  it('as a dry run says what would be wrong still, what would go, and writes nothing', async () => {
    const mailer = await neighbours.mailer();
    const [wrong, right, gone] = [newId(mailer), newId(mailer), newId(mailer)];
    await mailer.takeFromOutbox.take(wrong, { $ref: 'mail-content/never.json' });
    await mailer.takeFromOutbox.take(right, { $ref: 'mail-content/soon.json' });
    await mailer.takeFromOutbox.take(gone, 'no message');
    const failed = await takeRefused(mailer, mail('foreseen@contoso.com'), 'foreseen@contoso.com');
    await putContent('soon.json', JSON.stringify(mail('soon@contoso.com')));
    const day = (await mailer.messages.message(gone))!.createdAt.slice(0, 10);
    const ids = [wrong, right, failed];
    const before = await Promise.all(ids.map((id) => mailer.messages.message(id)));
    const report = await mailer.redriveDeadLetters({ filter: {}, dryRun: true });
    expect(report.count).toBe(2);
    expect(new Map(report.skipped.map(({ id, code }) => [id, code]))).toEqual(
      new Map([
        [`${wrong}.0.1`, 'still_rejected'],
        [`${gone}.0.1`, 'still_rejected'],
      ]),
    );
    await mailer.ports.deadLetters.remove(day, `${gone}.0.1`);
    const one = await mailer.redriveDeadLetters({ ids: [gone], dryRun: true });
    expect(one).toMatchObject({ count: 0, skipped: [{ code: 'original_gone' }] });
    expect(await Promise.all(ids.map((id) => mailer.messages.message(id)))).toEqual(before);
    expect(await mailer.drain()).toBe(0);
  });

  it('validates its original anew, and sends it under the same id', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, { $ref: 'mail-content/late.json' });
    expect(await mailer.messages.message(id)).toMatchObject({
      status: 'rejected',
      problems: [{ code: 'claim_check_missing' }],
    });
    expect(await mailer.redrive(id)).toMatchObject({
      kind: 'stillRejected',
      problems: [{ code: 'claim_check_missing' }],
    });
    expect((await mailer.messages.message(id))?.status).toBe('rejected');

    const body = mail('late@contoso.com', { reference: 'late-1', idempotencyKey: 'late' });
    await putContent('late.json', JSON.stringify(body));
    expect(await mailer.redrive(id)).toEqual({ kind: 'going', deliveries: 1 });
    await mailer.drain();
    expect(await mailer.messages.message(id)).toMatchObject({
      id,
      status: 'sent',
      reference: 'late-1',
      problems: [],
      counts: { accepted: 1 },
    });
    expect(await neighbours.inbox('late@contoso.com')).toHaveLength(1);
    expect(await lettersOf(mailer)).toEqual([]);
    // The item itself, should it come again, finds it standing.
    await mailer.takeFromOutbox.take(id, { $ref: 'mail-content/late.json' });
    expect(await mailer.accept({ id: newId(mailer), source: 'http', value: body })).toMatchObject({
      id,
      replayed: true,
    });
    await mailer.drain();
    expect(await neighbours.inbox('late@contoso.com')).toHaveLength(1);
  });

  it('may become a split message, or a scheduled one', async () => {
    const mailer = await neighbours.mailer();
    const [split, scheduled] = [newId(mailer), newId(mailer)];
    await mailer.takeFromOutbox.take(split, { $ref: 'mail-content/split.json' });
    await mailer.takeFromOutbox.take(scheduled, { $ref: 'mail-content/scheduled.json' });
    const to = Array.from({ length: 120 }, (_, n) => `anew${n}@contoso.com`);
    await putContent('split.json', JSON.stringify(mail(to)));
    const sendAt = new Date(mailer.clock.now() + 86_400_000).toISOString();
    await putContent('scheduled.json', JSON.stringify(mail('s@contoso.com', { sendAt })));
    expect(await mailer.redrive(split)).toEqual({ kind: 'going', deliveries: 3 });
    expect(await mailer.redrive(scheduled)).toEqual({ kind: 'going', deliveries: 1 });
    expect(await mailer.messages.message(scheduled)).toMatchObject({ status: 'scheduled', waitsFor: 'time' });
    await mailer.drain();
    expect(await mailer.messages.message(split)).toMatchObject({ status: 'sent', counts: { accepted: 120 } });
  });

  it('goes on once, however many ask', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, { $ref: 'mail-content/rush.json' });
    await putContent('rush.json', JSON.stringify(mail('rush@contoso.com')));
    const all = await Promise.all(Array.from({ length: 3 }, async () => mailer.redrive(id)));
    expect(all.filter(({ kind }) => kind === 'going')).toHaveLength(1);
    await mailer.drain();
    expect(await neighbours.inbox('rush@contoso.com')).toHaveLength(1);
  });

  it('repeats nothing that was accepted since under its key', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, { $ref: 'mail-content/keyed.json' });
    const body = mail('keyed@contoso.com', { idempotencyKey: 'k' });
    await putContent('keyed.json', JSON.stringify(body));
    const other = newId(mailer);
    await mailer.accept({ id: other, source: 'http', value: body });
    expect(await mailer.redrive(id)).toEqual({ kind: 'repeats', id: other });
    await putContent('keyed.json', JSON.stringify({ ...body, text: 'another' }));
    expect(await mailer.redrive(id)).toMatchObject({
      kind: 'stillRejected',
      problems: [{ code: 'key_reused' }],
    });
    expect((await mailer.messages.message(id))?.status).toBe('rejected');
    await mailer.drain();
    expect(await neighbours.inbox('keyed@contoso.com')).toHaveLength(1);
  });

  it('cannot be done once the original is gone', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, 'no message');
    const day = (await mailer.messages.message(id))!.createdAt.slice(0, 10);
    await mailer.ports.deadLetters.remove(day, `${id}.0.1`);
    expect(await mailer.redrive(id)).toEqual({ kind: 'originalGone' });
  });

  it('goes on after a crash between the key and the rows', async () => {
    let crash = true;
    const mailer = await neighbours.mailer({}, (ports) => ({
      ...ports,
      store: {
        ...ports.store,
        async recordAnew(...args) {
          if (crash) throw new Crash();
          return ports.store.recordAnew(...args);
        },
      },
    }));
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, { $ref: 'mail-content/crash.json' });
    await putContent('crash.json', JSON.stringify(mail('crash@contoso.com', { idempotencyKey: 'crash' })));
    await expect(mailer.redrive(id)).rejects.toThrow(Crash);
    expect((await mailer.messages.message(id))?.status).toBe('rejected');
    crash = false;
    expect((await mailer.redrive(id)).kind).toBe('going');
    await mailer.drain();
    expect(await neighbours.inbox('crash@contoso.com')).toHaveLength(1);
  });
});
