import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../shared/core/delivery.ts';
import type { Head } from '../../shared/core/records.ts';
import type { KeptMessage, KeptMessages, MessageStore, Rewrite } from '../../shared/ports.ts';
import {
  collect,
  DAY,
  NOON,
  sampleDelivery,
  sampleHead,
  sampleId,
  sampleRecipient,
} from './sampleMessages.ts';

const DAY_MS = 86_400_000;
const PAYLOAD = randomBytes(8 * 1024);
const REMOVED = { at: NOON, why: 'retention' } as const;

/** The contract of the port KeptMessages, beside the MessageStore over the same table. Each `open` gives an empty one. */
export function describeKeptMessages(
  title: string,
  open: () => Promise<{ readonly kept: KeptMessages; readonly store: MessageStore }>,
): void {
  describe(`KeptMessages: ${title}`, () => {
    let kept: KeptMessages;
    let store: MessageStore;
    beforeEach(async () => {
      ({ kept, store } = await open());
    });

    async function insert(id: string, parts = 0, changes: Partial<Delivery> = {}): Promise<Head> {
      const head = sampleHead({ id, parts });
      const numbers = parts === 0 ? [0] : Array.from({ length: parts }, (_, n) => n + 1);
      const deliveries = numbers.map((delivery) =>
        sampleDelivery({ id, delivery, status: 'sent', ...changes }),
      );
      await store.insert({ head, payload: PAYLOAD }, deliveries);
      return head;
    }

    const scan = async (day = DAY, after: string | null = null): Promise<string[]> =>
      (await collect(kept.scan(day, after))).map(({ id }) => id);
    const read = async (id: string): Promise<KeptMessage> => {
      const message = await kept.read(id);
      if (!message) throw new Error(`${id} is not there`);
      return message;
    };
    const rewriteOf = (message: KeptMessage, head: Partial<Head> = { contentRemoved: REMOVED }): Rewrite => ({
      kept: message,
      head: { ...message.head, ...head },
      deliveries: message.deliveries.map(({ delivery }) => delivery),
    });

    it('names the days that have rows, upwards, from a day on', async () => {
      expect(await collect(kept.days(null))).toEqual([]);
      for (const days of [0, 400, -30, 1]) await insert(sampleId(1, NOON + days * DAY_MS));
      await insert(sampleId(2, NOON));
      expect(await collect(kept.days(null))).toEqual(['2026-10-25', DAY, '2026-11-25', '2027-12-29']);
      expect(await collect(kept.days(DAY))).toEqual([DAY, '2026-11-25', '2027-12-29']);
      expect(await collect(kept.days('2026-11-26'))).toEqual(['2027-12-29']);
      expect(await collect(kept.days('0000-01-01'))).toHaveLength(4);
    });

    it('gives each message of a day once, whole and without its payload', async () => {
      const ids = Array.from({ length: 20 }, (_, n) => sampleId(n, NOON + n));
      for (const [n, id] of ids.entries()) await insert(id, n % 3 === 0 ? 4 : 0);
      await insert(sampleId(0, NOON + DAY_MS));
      expect((await scan()).toSorted()).toEqual(ids.toSorted());
      for await (const message of kept.scan(DAY, null)) {
        const stored = await store.readMessage(message.id);
        expect(message.head).toEqual(stored?.head.head);
        if (message.head === null) continue;
        const own = stored?.deliveries.map(({ delivery, etag }) => ({ delivery, etag, head: null }));
        expect(message.deliveries).toEqual(own);
        expect(await kept.read(message.id)).toEqual(message);
      }
    });

    it('goes on behind any message, in the same order', async () => {
      for (let n = 0; n < 12; n++) await insert(sampleId(n, NOON + n), n % 2 === 0 ? 2 : 0);
      const all = await scan();
      for (const [n, id] of all.entries()) expect(await scan(DAY, id)).toEqual(all.slice(n + 1));
    });

    it('takes the content away, and leaves the states', async () => {
      const [single, split] = [sampleId(1), sampleId(2)];
      await insert(single);
      await insert(split, 3);
      for (const id of [single, split]) {
        const before = await read(id);
        const [after] = await kept.rewrite([rewriteOf(before, { contentRemoved: REMOVED, subject: '' })]);
        expect(after?.head).toEqual({ ...before.head, contentRemoved: REMOVED, subject: '' });
        expect(await read(id)).toEqual(after);
        const stored = await store.readMessage(id);
        expect(stored?.head).toEqual({ head: after?.head, payload: null });
        const states = before.deliveries.map(({ delivery }) => delivery);
        expect(stored?.deliveries.map(({ delivery }) => delivery)).toEqual(states);
        // Every row has changed, so that whoever read it before finds that.
        for (const { delivery, etag } of before.deliveries)
          expect(await store.replace(delivery, etag)).toBeNull();
        expect(await kept.rewrite([rewriteOf(after!)])).toHaveLength(1);
      }
    });

    it('writes the deliveries that are given anew, with the head, or not at all', async () => {
      const id = sampleId(3);
      await insert(id, 3);
      const before = await read(id);
      const next = { ...before.deliveries[1]!.delivery, recipients: [sampleRecipient('erased-1')] };
      const rewrite = rewriteOf(before);
      const [after] = await kept.rewrite([
        { ...rewrite, deliveries: rewrite.deliveries.map((one, n) => (n === 1 ? next : one)) },
      ]);
      expect((await store.readDelivery(id, 2))?.delivery).toEqual(next);
      expect(after?.deliveries[1]?.delivery).toEqual(next);
      expect(await kept.rewrite([rewrite])).toEqual([]);
    });

    it('leaves alone what changed meanwhile, and does the others', async () => {
      const ids = Array.from({ length: 7 }, (_, n) => sampleId(n * 16));
      for (const [n, id] of ids.entries()) await insert(id, n === 6 ? 2 : 0);
      const messages = await Promise.all(ids.map(read));
      const [moved, part] = [messages[2]!, messages[6]!.deliveries[1]!];
      await store.replace({ ...moved.deliveries[0]!.delivery, status: 'queued' }, moved.deliveries[0]!.etag);
      await store.replace({ ...part.delivery, status: 'queued' }, part.etag);
      const changed = [ids[2]!, ids[6]!];
      const others = ids.filter((id) => !changed.includes(id));
      const rewritten = await kept.rewrite(messages.map((one) => rewriteOf(one)));
      expect(rewritten.map(({ id }) => id).toSorted()).toEqual(others.toSorted());
      const emptied = await kept.empty([...rewritten, moved, messages[6]!]);
      expect(emptied.map(({ id }) => id).toSorted()).toEqual(others.toSorted());
      await kept.clear(emptied);
      expect((await scan()).toSorted()).toEqual(changed);
      for (const id of changed) expect((await store.readHead(id))?.payload).not.toBeNull();
    });

    it('empties rows, which nobody finds from then on, and clears them', async () => {
      const ids = [sampleId(1), sampleId(2)];
      await insert(ids[0]!);
      await insert(ids[1]!, 3);
      const emptied = await kept.empty(await Promise.all(ids.map(read)));
      expect(emptied.map(({ rows }) => rows)).toEqual([[0], [0, 1, 2, 3]]);
      for (const id of ids) {
        expect(await store.readMessage(id)).toBeNull();
        expect(await store.readHead(id)).toBeNull();
        expect(await store.readDelivery(id, id === ids[0] ? 0 : 2)).toBeNull();
        expect(await kept.read(id)).toBeNull();
      }
      expect(await collect(store.scanDay(DAY))).toEqual([]);
      expect(await collect(store.listHeads(DAY, sampleId(0, NOON - 1), sampleId(0, NOON + 1), {}))).toEqual(
        [],
      );
      // Whoever died here left these: the next walk finds them.
      const left = (await collect(kept.scan(DAY, null))).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(left).toEqual(emptied);
      await kept.clear(left.flatMap((one) => (one.head === null ? [one] : [])));
      expect(await scan()).toEqual([]);
      expect(await collect(kept.days(null))).toEqual([]);
      await kept.clear(emptied);
    });

    it('clears what somebody else has cleared a part of', async () => {
      await insert(sampleId(1), 2);
      await insert(sampleId(17));
      const [first, second] = await kept.empty([await read(sampleId(1)), await read(sampleId(17))]);
      await kept.clear([second!]);
      await kept.clear([first!, second!]);
      expect(await scan()).toEqual([]);
    });

    it('lets exactly one of many take the content of a message', async () => {
      await insert(sampleId(1), 2);
      const message = await read(sampleId(1));
      const done = await Promise.all(
        Array.from({ length: 6 }, async () => kept.rewrite([rewriteOf(message)])),
      );
      expect(done.filter(({ length }) => length > 0)).toHaveLength(1);
    });

    it('does many messages at once, the largest plan among them', async () => {
      const ids = Array.from({ length: 250 }, (_, n) => sampleId(n, NOON + n));
      for (let n = 0; n < ids.length; n += 25)
        await Promise.all(ids.slice(n, n + 25).map((id) => insert(id)));
      await insert(sampleId(255), 99);
      const messages = (await collect(kept.scan(DAY, null))).flatMap((one) =>
        one.head === null ? [] : [one],
      );
      expect(messages).toHaveLength(251);
      const rewritten = await kept.rewrite(messages.map((one) => rewriteOf(one)));
      expect(rewritten).toHaveLength(251);
      const emptied = await kept.empty(rewritten);
      expect(emptied).toHaveLength(251);
      await kept.clear(emptied);
      expect(await scan()).toEqual([]);
    });
  });
}
