import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayOfMessageId,
  isMessageId,
  lowestIdAt,
  makeMessageId,
  messageIdOfQueueItem,
  partitionOfMessage,
  partitionsOfDay,
  rowKeyOf,
  timeOfMessageId,
} from '../../../shared/core/messageId.ts';

const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');
const instants = fc.nat(LAST_INSTANT);
const tenBytes = fc.uint8Array({ minLength: 10, maxLength: 10 });

describe('the id of a message', () => {
  it('is 26 characters of base32 that carry the instant', () => {
    expect(makeMessageId(Date.parse('2026-11-24T08:00:00Z'), new Uint8Array(10))).toBe(
      '01M86938000000000000000000',
    );
    fc.assert(
      fc.property(instants, tenBytes, (timeMs, random) => {
        const id = makeMessageId(timeMs, random);
        expect(isMessageId(id)).toBe(true);
        expect(timeOfMessageId(id)).toBe(timeMs);
        expect(dayOfMessageId(id)).toBe(new Date(timeMs).toISOString().slice(0, 10));
      }),
    );
  });

  it('sorts by time', () => {
    fc.assert(
      fc.property(instants, instants, tenBytes, tenBytes, (a, b, one, other) => {
        fc.pre(a < b);
        expect(makeMessageId(a, one) < makeMessageId(b, other)).toBe(true);
        expect(lowestIdAt(b) <= makeMessageId(b, other)).toBe(true);
        expect(makeMessageId(a, one) < lowestIdAt(b)).toBe(true);
      }),
    );
  });

  it('keeps all 80 random bits, and wants no fewer', () => {
    const ids = new Set<string>();
    for (let bit = 0; bit < 80; bit++) {
      const random = new Uint8Array(10);
      random[Math.floor(bit / 8)] = 1 << (bit % 8);
      ids.add(makeMessageId(0, random));
    }
    expect(ids.size).toBe(80);
    expect(() => makeMessageId(0, new Uint8Array(9))).toThrow(RangeError);
  });

  it('is the same for each delivery of one queue item, and another for another', () => {
    const id = messageIdOfQueueItem('f00', 1_000_000);
    expect(messageIdOfQueueItem('f00', 1_000_000)).toBe(id);
    expect(messageIdOfQueueItem('f01', 1_000_000)).not.toBe(id);
    expect(messageIdOfQueueItem('f00', 1_000_001)).not.toBe(id);
    expect(timeOfMessageId(id)).toBe(1_000_000);
  });

  it.each(['', '01K9', `${'0'.repeat(25)}I`, `8${'0'.repeat(25)}`, '0'.repeat(27), 'a'.repeat(26)])(
    'is not "%s"',
    (text) => {
      expect(isMessageId(text)).toBe(false);
    },
  );
});

describe('the rows of a message', () => {
  it('lie in one of 16 shards of its UTC day, read from the id alone', () => {
    const { first, last } = partitionsOfDay('2026-11-24');
    const shards = new Set<string>();
    for (let n = 0; n < 32; n++) {
      const random = new Uint8Array(10).fill(n);
      const partition = partitionOfMessage(makeMessageId(Date.parse('2026-11-24T23:59:59.999Z'), random));
      expect(partition >= first && partition <= last).toBe(true);
      shards.add(partition);
    }
    expect(shards.size).toBe(16);
    const nextDay = partitionOfMessage(makeMessageId(Date.parse('2026-11-25T00:00:00Z'), new Uint8Array(10)));
    expect(nextDay > last).toBe(true);
  });

  it('sort behind the head in the order of the deliveries', () => {
    const id = lowestIdAt(0);
    const keys = [0, 1, 2, 9, 10, 99].map((delivery) => rowKeyOf(id, delivery));
    expect(keys[0]).toBe(id);
    expect(keys.toSorted()).toEqual(keys);
  });
});
