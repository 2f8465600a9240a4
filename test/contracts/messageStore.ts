import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../shared/core/delivery.ts';
import { lowestIdAt } from '../../shared/core/messageId.ts';
import type { Head } from '../../shared/core/records.ts';
import type { DeliveryStatus } from '../../shared/core/status.ts';
import type { MessageFilter, MessageStore } from '../../shared/ports.ts';
import {
  collect,
  DAY,
  NOON,
  sampleDelivery,
  sampleHead,
  sampleId,
  sampleRecipient,
} from './sampleMessages.ts';

const PAYLOAD = randomBytes(32 * 1024);
const DAY_MS = 24 * 3_600_000;

/** The contract of the port MessageStore. Each `open` gives an empty store. */
export function describeMessageStore(title: string, open: () => Promise<MessageStore>): void {
  describe(`MessageStore: ${title}`, () => {
    let store: MessageStore;
    beforeEach(async () => {
      store = await open();
    });

    async function insertSingle(delivery: Delivery, head: Partial<Head> = {}): Promise<string> {
      const stored = { head: sampleHead({ id: delivery.id, app: delivery.app, ...head }), payload: PAYLOAD };
      const inserted = await store.insert(stored, [delivery]);
      if (!inserted.inserted) throw new Error('It stood already.');
      return inserted.etags[0]!;
    }

    it('keeps a message of one delivery in one row, head and payload with it', async () => {
      const delivery = sampleDelivery();
      const etag = await insertSingle(delivery);
      const head = { head: sampleHead(), payload: new Uint8Array(PAYLOAD) };
      const read = await store.readDelivery(delivery.id, 0);
      expect(read).toEqual({ delivery, etag, head: bytesEqual(head) });
      expect(await store.readHead(delivery.id)).toEqual(bytesEqual(head));
      expect(await store.readMessage(delivery.id)).toEqual({ head: bytesEqual(head), deliveries: [read] });
    });

    it('keeps a message whose payload lies in a blob', async () => {
      const head = sampleHead({ payloadBlob: '2026-11-24/x' });
      await store.insert({ head, payload: null }, [sampleDelivery()]);
      expect(await store.readHead(head.id)).toEqual({ head, payload: null });
    });

    it('keeps a split message as its head and its deliveries in their order', async () => {
      const id = sampleId(3);
      const head = { head: sampleHead({ id, parts: 12 }), payload: PAYLOAD };
      const parts = Array.from({ length: 12 }, (_, n) => sampleDelivery({ id, delivery: n + 1 }));
      const inserted = await store.insert(head, parts);
      if (!inserted.inserted) throw new Error('It stood already.');
      const read = await store.readMessage(id);
      expect(read?.deliveries.map(({ delivery }) => delivery.delivery)).toEqual(
        parts.map((part) => part.delivery),
      );
      expect(read?.deliveries.map(({ etag }) => etag)).toEqual(inserted.etags);
      expect(read?.deliveries[4]).toEqual(await store.readDelivery(id, 5));
      expect(read?.deliveries[4]?.head).toBeNull();
      expect(await store.readDelivery(id, 0)).toBeNull();
      expect((await store.readHead(id))?.head).toEqual(head.head);
    });

    it('finds nothing under an id that nobody inserted, and does not take a longer key for it', async () => {
      await insertSingle(sampleDelivery());
      const other = sampleId(1);
      expect(await store.readDelivery(other, 0)).toBeNull();
      expect(await store.readDelivery(sampleId(), 1)).toBeNull();
      expect(await store.readHead(other)).toBeNull();
      expect(await store.readMessage(other)).toBeNull();
    });

    it('leaves what stands when the same message is inserted again, split or not', async () => {
      const single = sampleDelivery();
      await insertSingle(single);
      const again = await store.insert({ head: sampleHead({ subject: 'another' }), payload: null }, [
        sampleDelivery({ status: 'sending' }),
      ]);
      expect(again).toEqual({ inserted: false });
      expect((await store.readDelivery(single.id, 0))?.delivery).toEqual(single);

      const id = sampleId(2);
      const split = { head: sampleHead({ id, parts: 2 }), payload: null };
      const parts = [1, 2].map((delivery) => sampleDelivery({ id, delivery }));
      expect(await store.insert(split, parts)).toMatchObject({ inserted: true });
      expect(await store.insert(split, parts)).toEqual({ inserted: false });
    });

    it('lets exactly one of many insert the same message', async () => {
      const inserts = Array.from({ length: 8 }, async () =>
        store.insert({ head: sampleHead(), payload: null }, [sampleDelivery()]),
      );
      const won = (await Promise.all(inserts)).filter(({ inserted }) => inserted);
      expect(won).toHaveLength(1);
    });

    it('replaces a delivery by its ETag, and leaves head and payload as they were', async () => {
      const delivery = sampleDelivery();
      const etag = await insertSingle(delivery);
      const next = sampleDelivery({ status: 'sending', attempt: 2, due: NOON + 900_000 });
      const newEtag = await store.replace(next, etag);
      const read = await store.readDelivery(delivery.id, 0);
      expect(read?.etag).toBe(newEtag);
      expect(read?.delivery).toEqual(next);
      expect(Buffer.from(read?.head?.payload ?? []).equals(PAYLOAD)).toBe(true);
      expect(read?.head?.head).toEqual(sampleHead());
    });

    it('refuses to replace by an ETag that is not the last one, or where no row is', async () => {
      const delivery = sampleDelivery();
      const etag = await insertSingle(delivery);
      const parked = sampleDelivery({ status: 'deferred', room: 'tenant', due: null });
      expect(await store.replace(parked, etag)).not.toBeNull();
      expect(await store.replace(sampleDelivery({ status: 'failed' }), etag)).toBeNull();
      expect((await store.readDelivery(delivery.id, 0))?.delivery).toEqual(parked);
      expect(await store.replace(sampleDelivery({ id: sampleId(9) }), etag)).toBeNull();
    });

    it('lets exactly one of many replace by the same ETag', async () => {
      const etag = await insertSingle(sampleDelivery());
      const replaced = await Promise.all(
        Array.from({ length: 8 }, async (_, n) => store.replace(sampleDelivery({ attempt: n + 2 }), etag)),
      );
      const won = replaced.flatMap((result, n) => (result === null ? [] : [n + 2]));
      expect(won).toHaveLength(1);
      expect((await store.readDelivery(sampleId(), 0))?.delivery.attempt).toBe(won[0]);
    });

    it('R8: holds 500 recipients with the longest addresses, each with another long reply, and shrinks again', async () => {
      const small = sampleDelivery();
      let etag: string | null = await insertSingle(small);
      const large = largestDelivery();
      etag = await store.replace(large, etag);
      expect(etag).not.toBeNull();
      expect((await store.readDelivery(small.id, 0))?.delivery).toEqual(large);
      etag = await store.replace(small, etag!);
      expect(etag).not.toBeNull();
      const read = await store.readDelivery(small.id, 0);
      expect(read?.delivery).toEqual(small);
      expect(Buffer.from(read?.head?.payload ?? []).equals(PAYLOAD)).toBe(true);
    });

    it('inserts the largest plan, 99 deliveries of 50 recipients, in one go', async () => {
      const id = sampleId(4);
      const parts = Array.from({ length: 99 }, (_, n) =>
        sampleDelivery({
          id,
          delivery: n + 1,
          recipients: Array.from({ length: 50 }, (_, m) =>
            sampleRecipient(`person${n * 50 + m}@contoso.com`),
          ),
        }),
      );
      const inserted = await store.insert({ head: sampleHead({ id, parts: 99 }), payload: PAYLOAD }, parts);
      expect(inserted).toMatchObject({ inserted: true });
      const read = await store.readMessage(id);
      expect(read?.deliveries.map(({ delivery }) => delivery)).toEqual(parts);
    });

    async function insertSplit(id: string, parts: readonly Delivery[]): Promise<readonly string[]> {
      const head = { head: sampleHead({ id, parts: parts.length }), payload: PAYLOAD };
      const inserted = await store.insert(head, parts);
      if (!inserted.inserted) throw new Error('It stood already.');
      return inserted.etags;
    }
    const partsOf = (id: string, count: number): Delivery[] =>
      Array.from({ length: count }, (_, n) => sampleDelivery({ id, delivery: n + 1 }));
    const statuses = async (id: string): Promise<DeliveryStatus[] | undefined> =>
      (await store.readMessage(id))?.deliveries.map(({ delivery }) => delivery.status);

    it('replaces several rows of a message at once, and leaves the others and the head', async () => {
      const id = sampleId(5);
      const parts = partsOf(id, 4);
      const etags = await insertSplit(id, parts);
      const changes = [0, 2].map((n) => ({
        next: { ...parts[n]!, status: 'canceled' as const, due: null },
        etag: etags[n]!,
      }));
      expect(await store.replaceAll(changes)).toBe(true);
      expect(await statuses(id)).toEqual(['canceled', 'queued', 'canceled', 'queued']);
      const read = await store.readMessage(id);
      expect(read?.deliveries[0]?.delivery).toEqual(changes[0]!.next);
      expect(read?.deliveries[0]?.etag).not.toBe(etags[0]);
      expect(read?.deliveries[1]?.etag).toBe(etags[1]);
      expect(read?.head).toEqual(bytesEqual({ head: sampleHead({ id, parts: 4 }), payload: PAYLOAD }));
      const moving = await collect(store.scanDay(DAY, 'moving'));
      expect(new Set(moving.map(({ delivery }) => delivery.delivery))).toEqual(new Set([2, 4]));
      expect(await store.replaceAll([])).toBe(true);
    });

    it('replaces none of several rows when one has changed, or is not there', async () => {
      const id = sampleId(6);
      const parts = partsOf(id, 3);
      const etags = await insertSplit(id, parts);
      await store.replace({ ...parts[1]!, status: 'sending' }, etags[1]!);
      const canceled = parts.map((next, n) => ({
        next: { ...next, status: 'canceled' as const },
        etag: etags[n]!,
      }));
      expect(await store.replaceAll(canceled)).toBe(false);
      expect(await statuses(id)).toEqual(['queued', 'sending', 'queued']);
      const absent = { next: sampleDelivery({ id, delivery: 9 }), etag: etags[0]! };
      expect(await store.replaceAll([canceled[0]!, absent])).toBe(false);
      expect(await statuses(id)).toEqual(['queued', 'sending', 'queued']);
      // What did not change can still be replaced by what was read.
      expect(await store.replaceAll([canceled[0]!, canceled[2]!])).toBe(true);
      expect(await statuses(id)).toEqual(['canceled', 'sending', 'canceled']);
    });

    it('replaces the row of a message of one delivery, and leaves head and payload', async () => {
      const etag = await insertSingle(sampleDelivery());
      const next = sampleDelivery({ status: 'held', due: null });
      expect(await store.replaceAll([{ next, etag }])).toBe(true);
      expect(await store.replaceAll([{ next: sampleDelivery(), etag }])).toBe(false);
      const read = await store.readDelivery(sampleId(), 0);
      expect(read?.delivery).toEqual(next);
      expect(read?.head).toEqual(bytesEqual({ head: sampleHead(), payload: PAYLOAD }));
    });

    it('lets exactly one of many replace the same rows', async () => {
      const id = sampleId(7);
      const parts = partsOf(id, 3);
      const etags = await insertSplit(id, parts);
      const replaced = await Promise.all(
        Array.from({ length: 6 }, async (_, n) =>
          store.replaceAll(parts.map((next, m) => ({ next: { ...next, attempt: n + 2 }, etag: etags[m]! }))),
        ),
      );
      expect(replaced.filter(Boolean)).toHaveLength(1);
      const attempts = (await store.readMessage(id))?.deliveries.map(({ delivery }) => delivery.attempt);
      expect(attempts).toEqual(Array(3).fill(replaced.indexOf(true) + 2));
    });

    it('replaces all deliveries of the largest plan', async () => {
      const id = sampleId(8);
      const parts = partsOf(id, 99);
      const etags = await insertSplit(id, parts);
      const changes = parts.map((next, n) => ({
        next: { ...next, status: 'canceled' as const },
        etag: etags[n]!,
      }));
      expect(await store.replaceAll(changes)).toBe(true);
      expect(await statuses(id)).toEqual(Array(99).fill('canceled'));
    });

    const rejectedHead = { from: '', subject: '', problems: [{ pointer: '/to', code: 'x', detail: 'y' }] };
    const insertRejected = async (id: string): Promise<string> => {
      const rejected = sampleDelivery({ id, status: 'rejected', due: null, recipients: [], sender: '' });
      const inserted = await store.insert({ head: sampleHead({ id, ...rejectedHead }), payload: null }, [
        rejected,
      ]);
      if (!inserted.inserted) throw new Error('It stood already.');
      return inserted.etags[0]!;
    };

    it('records a rejected message anew, as one delivery', async () => {
      const delivery = sampleDelivery();
      const etag = await insertRejected(delivery.id);
      const message = { head: sampleHead(), payload: PAYLOAD };
      expect(await store.recordAnew(message, [delivery], etag)).toBe(true);
      const read = await store.readMessage(delivery.id);
      expect(read?.head).toEqual(bytesEqual(message));
      expect(read?.deliveries.map((row) => row.delivery)).toEqual([delivery]);
      expect(await collect(store.scanDay(DAY, 'moving'))).toHaveLength(1);
    });

    it('records a rejected message anew, as a split one: nothing of the rejected row stays', async () => {
      const id = sampleId(11);
      const etag = await insertRejected(id);
      const message = { head: sampleHead({ id, parts: 3 }), payload: PAYLOAD };
      const parts = partsOf(id, 3);
      expect(await store.recordAnew(message, parts, etag)).toBe(true);
      const read = await store.readMessage(id);
      expect(read?.head).toEqual(bytesEqual(message));
      expect(read?.deliveries.map((row) => row.delivery)).toEqual(parts);
      expect(await store.readDelivery(id, 0)).toBeNull();
      expect(await collect(store.scanDay(DAY))).toHaveLength(3);
    });

    it('records nothing anew by an ETag that is not the last one, and exactly one of many', async () => {
      const id = sampleId(12);
      const etag = await insertRejected(id);
      const message = { head: sampleHead({ id, parts: 2 }), payload: PAYLOAD };
      const recorded = await Promise.all(
        Array.from({ length: 4 }, async () => store.recordAnew(message, partsOf(id, 2), etag)),
      );
      expect(recorded.filter(Boolean)).toHaveLength(1);
      const single = { head: sampleHead({ id, subject: 'later' }), payload: null };
      expect(await store.recordAnew(single, [sampleDelivery({ id })], etag)).toBe(false);
      expect((await store.readHead(id))?.head).toEqual(message.head);
      const other = { head: sampleHead({ id: sampleId(13) }), payload: null };
      expect(await store.recordAnew(other, [sampleDelivery({ id: sampleId(13) })], etag)).toBe(false);
      expect(await store.readHead(sampleId(13))).toBeNull();
    });

    it('scans the deliveries of a day in all its shards, or only those that move', async () => {
      const statuses: DeliveryStatus[] = ['queued', 'sending', 'deferred', 'held', 'sent', 'queued'];
      const etags = new Map<string, string>();
      for (const [n, status] of statuses.entries()) {
        const delivery = sampleDelivery({ id: sampleId(n * 3), status });
        etags.set(delivery.id, await insertSingle(delivery));
      }
      const split = sampleId(200);
      const parts = (['queued', 'sent'] as const).map((status, n) =>
        sampleDelivery({ id: split, delivery: n + 1, status }),
      );
      await store.insert({ head: sampleHead({ id: split, parts: 2 }), payload: PAYLOAD }, parts);
      await insertSingle(sampleDelivery({ id: sampleId(0, NOON + DAY_MS) }));
      await insertSingle(sampleDelivery({ id: sampleId(0, NOON - DAY_MS) }));

      const all = await collect(store.scanDay(DAY));
      expect(all.map(({ delivery }) => delivery.status).toSorted()).toEqual(
        [...statuses, 'queued', 'sent'].toSorted(),
      );
      const moving = await collect(store.scanDay(DAY, 'moving'));
      expect(moving.map(({ delivery }) => delivery.status).toSorted()).toEqual([
        'queued',
        'queued',
        'queued',
        'sending',
      ]);
      const found = moving.find(({ delivery }) => delivery.id === sampleId(3))!;
      expect(found.etag).toBe(etags.get(found.delivery.id));
      expect(found.delivery.recipients).toEqual(sampleDelivery().recipients);
    });

    it('takes a row out of the moving ones as soon as it is replaced', async () => {
      const etag = await insertSingle(sampleDelivery());
      await store.replace(sampleDelivery({ status: 'sent', due: null }), etag);
      expect(await collect(store.scanDay(DAY, 'moving'))).toEqual([]);
    });

    it('lists the heads of a day within bounds and by every filter', async () => {
      const heads = [
        { app: 'payroll', tags: ['monthly', 'payslip'], reference: "O'Neil #1" },
        { app: 'payroll', tags: ['monthly-2'], idempotencyKey: 'k/1?' },
        { app: 'portal', tags: ['monthly'] },
      ].map((changes, n) => sampleHead({ id: sampleId(n * 5), ...changes }));
      for (const head of heads) {
        await store.insert({ head, payload: null }, [sampleDelivery({ id: head.id, app: head.app })]);
      }
      const split = sampleHead({ id: sampleId(90), parts: 1 });
      await store.insert({ head: split, payload: null }, [sampleDelivery({ id: split.id, delivery: 1 })]);

      const list = async (filter: MessageFilter, from = lowestIdAt(NOON - 1), below = lowestIdAt(NOON + 1)) =>
        (await collect(store.listHeads(DAY, from, below, filter))).map(({ id }) => id).toSorted();
      const ids = [...heads, split].map(({ id }) => id);
      expect(await list({})).toEqual(ids);
      expect(await list({ app: 'portal' })).toEqual([ids[2]]);
      expect(await list({ tag: 'monthly' })).toEqual([ids[0], ids[2]]);
      expect(await list({ tag: 'monthly', app: 'payroll' })).toEqual([ids[0]]);
      expect(await list({ reference: "O'Neil #1" })).toEqual([ids[0]]);
      expect(await list({ idempotencyKey: 'k/1?' })).toEqual([ids[1]]);
      expect(await list({ idempotencyKey: 'k' })).toEqual([]);
      expect(await list({}, ids[1], ids[3])).toEqual([ids[1], ids[2]]);
      expect(await collect(store.listHeads('2026-11-25', lowestIdAt(0), 'Z', {}))).toEqual([]);
      const [first] = await collect(store.listHeads(DAY, ids[0]!, ids[1]!, {}));
      expect(first).toEqual(heads[0]);
    });
  });
}

function bytesEqual(head: { readonly head: Head; readonly payload: Uint8Array }): unknown {
  const { payload } = head;
  return {
    head: head.head,
    payload: expect.toSatisfy((bytes: Uint8Array) => Buffer.from(bytes).equals(payload)),
  };
}

/** Addresses of 254 characters and replies of 256, none of which compresses. */
function largestDelivery(): Delivery {
  const noise = (length: number): string => randomBytes(length).toString('base64url').slice(0, length);
  return sampleDelivery({
    recipients: Array.from({ length: 500 }, (_, n) =>
      sampleRecipient(`${noise(64)}@${noise(185)}.com`, { status: 'failed', reply: n, at: NOON }),
    ),
    replies: Array.from({ length: 500 }, () => ({ text: noise(256), cause: noise(80), remedy: noise(80) })),
    charges: Array.from({ length: 100 }, (_, n) => {
      return { lease: String(NOON + n), account: `${noise(60)}@contoso.com`, recipients: 5, external: 1 };
    }),
  });
}
