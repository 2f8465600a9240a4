import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../shared/core/records.ts';
import type { DeadLetterFilter, DeadLetters } from '../../shared/ports.ts';
import { collect, DAY, NOON, sampleId } from './sampleMessages.ts';

/** The contract of the port DeadLetters. Each `open` gives none. */
export function describeDeadLetters(title: string, open: () => Promise<DeadLetters>): void {
  describe(`DeadLetters: ${title}`, () => {
    let letters: DeadLetters;
    beforeEach(async () => {
      letters = await open();
    });

    it('keeps a letter as it was put', async () => {
      await letters.put(letter());
      expect(await letters.read(DAY, letter().key)).toEqual(letter());
    });

    it('keeps the original to the byte, as large as a queue item can be', async () => {
      const raw = randomBytes(65_536);
      await letters.put(letter({ raw }));
      const read = await letters.read(DAY, letter().key);
      expect(Buffer.from(read?.raw ?? []).equals(raw)).toBe(true);
      await letters.put(letter({ raw: new Uint8Array() }));
      expect((await letters.read(DAY, letter().key))?.raw).toHaveLength(0);
    });

    it('replaces what stands under the same key: R5 writes it again and again', async () => {
      await letters.put(letter({ raw: randomBytes(65_536) }));
      await letters.put(letter({ detail: 'again' }));
      expect(await letters.read(DAY, letter().key)).toEqual(letter({ detail: 'again' }));
    });

    it('keeps days and keys apart, whatever characters a key has', async () => {
      await letters.put(letter({ key: 'a/b#c?' }));
      expect(await letters.read(DAY, 'a/b#c?')).toMatchObject({ key: 'a/b#c?' });
      expect(await letters.read('2026-11-25', 'a/b#c?')).toBeNull();
      expect(await letters.read(DAY, 'a')).toBeNull();
    });

    it('removes a letter, also one that is not there', async () => {
      await letters.put(letter());
      await letters.remove(DAY, letter().key);
      await letters.remove(DAY, letter().key);
      expect(await letters.read(DAY, letter().key)).toBeNull();
    });

    /** The keys of a day's list. */
    const keys = async (filter: DeadLetterFilter = {}, day = DAY): Promise<string[]> =>
      (await collect(letters.list(day, filter))).map(({ key }) => key);

    it('lists a day by descending keys, the newest message first, without the originals', async () => {
      const put = [
        letter({ ...of(1, NOON - 11 * HOUR), raw: randomBytes(65_536) }),
        letter(of(2)),
        letter({ ...of(2), key: `${sampleId(2)}.7.4`, delivery: 7, attempt: 4 }),
        letter(of(3, NOON + 11 * HOUR)),
        letter({ key: 'item-0b1c', messageId: '', raw: randomBytes(10) }),
      ];
      for (const one of put) await letters.put(one);
      await letters.put(letter({ ...of(4, NOON + 24 * HOUR), day: '2026-11-25' }));
      const listed = await collect(letters.list(DAY, {}));
      expect(listed.map(({ key }) => key)).toEqual(put.map(({ key }) => key).toReversed());
      const { raw, ...facts } = put[0]!;
      expect(raw).not.toBeNull();
      expect(listed.at(-1)).toEqual(facts);
      expect(listed.some((one) => 'raw' in one)).toBe(false);
      expect(await keys({}, '2026-11-26')).toEqual([]);
    });

    it('lists by reason and app, and goes on below a key', async () => {
      const reasons = ['failed', 'rejected', 'expired', 'failed'] as const;
      const all = reasons.map((reason, n) => letter({ ...of(n), reason, app: n < 2 ? "o'neil" : 'portal' }));
      for (const one of all) await letters.put(one);
      const named = (...indexes: number[]): string[] => indexes.map((index) => all[index]!.key);
      expect(await keys({ reason: 'failed' })).toEqual(named(3, 0));
      expect(await keys({ app: "o'neil" })).toEqual(named(1, 0));
      expect(await keys({ reason: 'failed', app: 'portal' })).toEqual(named(3));
      expect(await keys({ reason: 'comes_back' })).toEqual([]);
      expect(await keys({ below: all[2]!.key })).toEqual(named(1, 0));
      expect(await keys({ below: all[2]!.key, reason: 'failed' })).toEqual(named(0));
      expect(await keys({ below: all[0]!.key })).toEqual([]);
      await letters.put(letter({ key: 'item-b', messageId: '' }));
      await letters.put(letter({ key: 'item-a', messageId: '' }));
      expect(await keys({ below: 'item-b' })).toEqual(['item-a', ...named(3, 2, 1, 0)]);
      expect(await keys({ below: 'item-a' })).toEqual(named(3, 2, 1, 0));
    });

    it('lists a day of more letters than any page, many of one instant', async () => {
      const many = Array.from({ length: 1100 }, (_, n) => ({
        ...letter(),
        key: `${sampleId(n % 256, NOON + Math.floor(n / 550))}.${n}.1`,
      }));
      for (let n = 0; n < many.length; n += 100) {
        await Promise.all(many.slice(n, n + 100).map(async (one) => letters.put(one)));
      }
      const expected = many
        .map(({ key }) => key)
        .toSorted()
        .toReversed();
      expect(await keys()).toEqual(expected);
      expect(await keys({ below: expected[999] })).toEqual(expected.slice(1000));
    });

    it('gives all that are kept, the oldest day first, and whether each has its original', async () => {
      const put = [
        letter({ day: '2027-01-02', raw: new Uint8Array() }),
        letter(of(1)),
        letter({ ...of(2), raw: randomBytes(65_536) }),
        letter({ key: 'item-0b1c', messageId: '', raw: randomBytes(10) }),
      ];
      for (const one of put) await letters.put(one);
      const all = await collect(letters.all());
      expect(all.map(({ letter: { day, key }, hasOriginal }) => [day, key, hasOriginal])).toEqual([
        [DAY, put[1]!.key, false],
        [DAY, put[2]!.key, true],
        [DAY, 'item-0b1c', true],
        ['2027-01-02', put[0]!.key, true],
      ]);
      expect(all.some(({ letter }) => 'raw' in letter)).toBe(false);
    });

    it('replaces and discards a letter by its ETag only', async () => {
      await letters.put(letter({ raw: randomBytes(100) }));
      const [first] = await collect(letters.all());
      await letters.put(letter({ raw: randomBytes(200), detail: 'again' }));
      expect(await letters.replace(letter(), first!.etag)).toBe(false);
      expect(await letters.discard(first!.letter, first!.etag)).toBe(false);
      const [second] = await collect(letters.all());
      expect(await letters.replace({ ...second!.letter, raw: null }, second!.etag)).toBe(true);
      expect(await letters.read(DAY, letter().key)).toEqual(letter({ detail: 'again' }));
      const [third] = await collect(letters.all());
      expect(third?.hasOriginal).toBe(false);
      expect(await letters.discard(third!.letter, third!.etag)).toBe(true);
      expect(await letters.read(DAY, letter().key)).toBeNull();
      expect(await letters.discard(third!.letter, third!.etag)).toBe(true);
      expect(await letters.replace(letter(), third!.etag)).toBe(false);
    });

    it('names the days that have a letter, the newest first', async () => {
      expect(await letters.days()).toEqual([]);
      const days = ['2026-11-24', '2027-01-02', '2026-09-30'];
      for (const day of days) await letters.put(letter({ day }));
      await letters.put(letter({ key: 'another' }));
      expect(await letters.days()).toEqual(days.toSorted().toReversed());
      await letters.remove('2027-01-02', letter().key);
      expect(await letters.days()).toEqual(['2026-11-24', '2026-09-30']);
    });
  });
}

const HOUR = 3_600_000;

/** What names the letter of a message of that instant. */
function of(n: number, atMs = NOON): Pick<DeadLetter, 'key' | 'messageId'> {
  const messageId = sampleId(n, atMs);
  return { key: `${messageId}.0.1`, messageId };
}

function letter(changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    day: DAY,
    key: `${sampleId()}.000.1`,
    messageId: sampleId(),
    delivery: 0,
    attempt: 1,
    app: 'payroll',
    at: NOON,
    reason: 'failed',
    detail: 'The mailbox does not exist; correct the address.',
    lastReply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound',
    raw: null,
    ...changes,
  };
}
