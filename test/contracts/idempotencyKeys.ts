import { beforeEach, describe, expect, it } from 'vitest';
import type { IdempotencyKeys, KeyRecord } from '../../shared/ports.ts';
import { KEY_SHARDS } from '../../shared/ports.ts';
import { NOON, sampleId } from './sampleMessages.ts';

const EXPIRES = NOON + 7 * 24 * 3_600_000;

/** The contract of the port IdempotencyKeys. Each `open` gives none. */
export function describeIdempotencyKeys(title: string, open: () => Promise<IdempotencyKeys>): void {
  describe(`IdempotencyKeys: ${title}`, () => {
    let keys: IdempotencyKeys;
    beforeEach(async () => {
      keys = await open();
    });

    it('gives a new key to who claims it, and answers the first claim to whoever comes later', async () => {
      const first = keyRecord();
      expect(await keys.claim(first, NOON)).toEqual(first);
      const second = keyRecord({ messageId: sampleId(1), fingerprint: 'another' });
      expect(await keys.claim(second, NOON + 1)).toEqual(first);
    });

    it('answers the same record to all who claim a key at once', async () => {
      const claims = await Promise.all(
        Array.from({ length: 8 }, async (_, n) => keys.claim(keyRecord({ messageId: sampleId(n) }), NOON)),
      );
      expect(new Set(claims.map(({ messageId }) => messageId)).size).toBe(1);
    });

    it('keeps apps and keys apart, whatever characters they have', async () => {
      const records = [
        keyRecord({ app: 'a', key: 'b c' }),
        keyRecord({ app: 'a b', key: 'c', messageId: sampleId(1) }),
        keyRecord({ app: 'a', key: '../#?%\\/'.repeat(200), messageId: sampleId(2) }),
      ];
      for (const record of records) expect(await keys.claim(record, NOON)).toEqual(record);
    });

    it('finds a claimed key of that app until it expires, and claims nothing by looking', async () => {
      const { app, key } = keyRecord();
      expect(await keys.find(app, key, NOON)).toBeNull();
      await keys.claim(keyRecord(), NOON);
      expect(await keys.find(app, key, EXPIRES - 1)).toEqual(keyRecord());
      expect(await keys.find('another', key, NOON)).toBeNull();
      expect(await keys.find(app, key, EXPIRES)).toBeNull();
    });

    it('replaces an expired key, once', async () => {
      await keys.claim(keyRecord(), NOON);
      const next = [1, 2, 3].map((n) => keyRecord({ messageId: sampleId(n), expiresAt: EXPIRES + 1 }));
      expect(await keys.claim(next[0]!, EXPIRES - 1)).toEqual(keyRecord());
      const claims = await Promise.all(next.map(async (record) => keys.claim(record, EXPIRES)));
      expect(new Set(claims.map(({ messageId }) => messageId)).size).toBe(1);
      expect(next).toContainEqual(claims[0]);
    });

    it('removes what has expired, and nothing else', async () => {
      const old = Array.from({ length: 40 }, (_, n) =>
        keyRecord({ key: `old ${n}`, expiresAt: EXPIRES - 1 }),
      );
      const live = Array.from({ length: 20 }, (_, n) =>
        keyRecord({ key: `live ${n}`, expiresAt: EXPIRES + 1 }),
      );
      for (const record of [...old, ...live]) await keys.claim(record, NOON);
      const middle = KEY_SHARDS / 2;
      const removed = [
        await keys.removeExpired(0, middle - 1, EXPIRES),
        await keys.removeExpired(middle, KEY_SHARDS - 1, EXPIRES),
      ];
      expect(removed.every((n) => n > 0)).toBe(true);
      expect(removed[0]! + removed[1]!).toBe(old.length);
      for (const record of live) {
        expect(await keys.claim({ ...record, messageId: sampleId(9) }, EXPIRES)).toEqual(record);
      }
      // Whoever comes with such a key now has a new one.
      expect((await keys.claim(keyRecord({ key: 'old 0', messageId: sampleId(9) }), NOON)).messageId).toBe(
        sampleId(9),
      );
    });
  });
}

function keyRecord(changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    app: 'payroll',
    key: 'november',
    messageId: sampleId(),
    fingerprint: 'f00d',
    expiresAt: EXPIRES,
    ...changes,
  };
}
