import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { deadLetterId } from '../../../shared/core/deadLetterView.ts';
import type { DeadLetter } from '../../../shared/core/records.ts';
import { makeDeadLetterReader } from '../../../shared/flows/readDeadLetters.ts';
import { NewerVersion } from '../../../shared/ports.ts';
import { DAY, NOON, sampleDelivery, sampleId, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';

function open() {
  const flows = makeStoredFlows();
  return {
    ...flows,
    reader: makeDeadLetterReader(flows),
    /** A delivery that failed with its dead letter; `changes` to its row come after that. */
    async failed(letter: Partial<DeadLetter> = {}, changes: Partial<Delivery> = {}): Promise<DeadLetter> {
      const { id } = await flows.stored({
        status: letter.reason === 'expired' ? 'expired' : 'failed',
        due: null,
        ...changes,
      });
      const put: DeadLetter = {
        day: DAY,
        key: `${id}.0.1`,
        messageId: id,
        delivery: 0,
        attempt: 1,
        app: 'payroll',
        at: NOON,
        reason: 'failed',
        detail: 'd',
        lastReply: null,
        raw: null,
        ...letter,
      };
      await flows.deadLetters.put(put);
      return put;
    },
  };
}

describe('the list of dead letters', () => {
  it('is newest first, in pages, and passes over what no longer counts', async () => {
    const flows = open();
    const all: DeadLetter[] = [];
    for (let n = 0; n < 40; n++) {
      // Every third has gone on since.
      all.push(await flows.failed({}, n % 3 === 0 ? { status: 'queued' } : {}));
    }
    const counting = all
      .filter((_, n) => n % 3 !== 0)
      .map(deadLetterId)
      .toReversed();
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await flows.reader.list({ limit: 7, cursor });
      expect(page.items.length).toBeLessThanOrEqual(7);
      found.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(counting);
  });

  it('goes over the days, the newest first, and by day, reason and app', async () => {
    const flows = open();
    const older = await flows.failed({ day: '2026-11-20', key: 'item-old', messageId: '' });
    const expired = await flows.failed({ reason: 'expired', app: 'portal' });
    const failed = await flows.failed();
    const newer = await flows.failed({
      day: '2026-11-25',
      key: 'item-new',
      messageId: '',
      reason: 'rejected',
    });
    const ids = async (query: Parameters<typeof flows.reader.walk>[0]): Promise<string[]> =>
      (await flows.reader.list({ ...query, limit: 10 })).items.map(({ id }) => id);
    expect(await ids({})).toEqual([newer, failed, expired, older].map(deadLetterId));
    expect(await ids({ day: DAY })).toEqual([failed, expired].map(deadLetterId));
    expect(await ids({ reason: 'expired' })).toEqual([deadLetterId(expired)]);
    expect(await ids({ app: 'portal', reason: 'failed' })).toEqual([]);
    expect(await ids({ day: '2026-01-01' })).toEqual([]);
    expect(await ids({ cursor: deadLetterId(failed) })).toEqual([expired, older].map(deadLetterId));
    expect(await ids({ day: '2026-11-25', cursor: deadLetterId(failed) })).toEqual([]);
  });

  it('says the subject and why each failed, of a part of a split message too', async () => {
    const flows = open();
    const replies = [{ text: '550 5.1.10', cause: 'no such mailbox', remedy: 'correct the address' }];
    const recipients = [sampleRecipient('ann@contoso.com', { status: 'failed', reply: 0 })];
    const letter = await flows.failed({}, { replies, recipients });
    const { head } = (await flows.store.readMessage(letter.messageId))!.head;
    const id = sampleId(200);
    const parts = [1, 2].map((delivery) =>
      sampleDelivery({ id, delivery, status: 'failed', due: null, replies, recipients }),
    );
    await flows.store.insert(
      { head: { ...head, id, subject: 'To everybody', parts: 2 }, payload: null },
      parts,
    );
    for (const delivery of [1, 2]) {
      await flows.deadLetters.put({ ...letter, key: `${id}.${delivery}.1`, messageId: id, delivery });
    }
    const { items } = await flows.reader.list({ limit: 5 });
    const subjects = new Set(items.map(({ subject }) => subject));
    expect(subjects).toEqual(new Set(['To everybody', head.subject]));
    for (const item of items) {
      expect(item.failures).toEqual([
        { cause: 'no such mailbox', remedy: 'correct the address', whoActs: 'app', recipients: 1 },
      ]);
    }
    expect(await flows.reader.one(`${id}.2.1`)).toMatchObject({ subject: 'To everybody' });
  });

  it('passes over what a newer version has in hand, and shows the others', async () => {
    const flows = open();
    const [first, second] = [await flows.failed(), await flows.failed()];
    const reader = makeDeadLetterReader({
      ...flows,
      store: {
        ...flows.store,
        async readDelivery(id, delivery) {
          if (id === second.messageId) throw new NewerVersion('the row');
          return flows.store.readDelivery(id, delivery);
        },
      },
    });
    expect((await reader.list({ limit: 5 })).items.map(({ id }) => id)).toEqual([deadLetterId(first)]);
  });
});

describe('one dead letter', () => {
  it('is shown with its original, and whether it still counts', async () => {
    const flows = open();
    const letter = await flows.failed({ raw: Buffer.from('{"to":"x"}') });
    const id = deadLetterId(letter);
    expect(await flows.reader.one(id)).toMatchObject({ id, stale: false, original: '{"to":"x"}' });
    const { delivery, etag } = (await flows.store.readDelivery(letter.messageId, 0))!;
    await flows.store.replace({ ...delivery, status: 'queued' }, etag);
    expect(await flows.reader.one(id)).toMatchObject({ id, stale: true });
    expect(await flows.reader.look(id)).toMatchObject({ stale: true });
  });

  it('is null where there is none', async () => {
    const flows = open();
    const letter = await flows.failed();
    for (const id of ['nonsense', `${letter.messageId}.0.2`, `${DAY}.item-1`]) {
      expect(await flows.reader.one(id)).toBeNull();
      expect(await flows.reader.look(id)).toBeNull();
    }
  });
});
