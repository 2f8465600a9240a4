import { beforeEach, describe, expect, it } from 'vitest';
import type { Erasure } from '../../shared/core/records.ts';
import type { RetentionNotes } from '../../shared/ports.ts';
import { DAY, NOON, sampleId } from './sampleMessages.ts';

/** The contract of the port RetentionNotes. Each `open` gives none. */
export function describeRetentionNotes(title: string, open: () => Promise<RetentionNotes>): void {
  describe(`RetentionNotes: ${title}`, () => {
    let notes: RetentionNotes;
    beforeEach(async () => {
      notes = await open();
    });

    it('keeps where the round is, and lets one of two go on', async () => {
      expect(await notes.readRound()).toBeNull();
      const round = { beganAt: NOON, place: { day: DAY, after: sampleId() } };
      expect(await notes.writeRound(round, null)).toBe(true);
      expect(await notes.writeRound({ beganAt: NOON, place: null }, null)).toBe(false);
      const read = await notes.readRound();
      expect(read?.value).toEqual(round);
      const over = { beganAt: NOON, place: null };
      expect(await notes.writeRound(over, read!.etag)).toBe(true);
      expect(await notes.writeRound(round, read!.etag)).toBe(false);
      expect((await notes.readRound())?.value).toEqual(over);
    });

    it('keeps erasures apart, each changed and removed by its ETag only', async () => {
      expect(await notes.erasures()).toEqual([]);
      const [one, other] = [erasure('a'), erasure('b')];
      const etag = await notes.writeErasure(one, null);
      expect(await notes.writeErasure(one, null)).toBeNull();
      await notes.writeErasure(other, null);
      const next = { ...one, place: null, erased: 3, pending: [sampleId(), sampleId(1)] };
      const later = await notes.writeErasure(next, etag);
      expect(later).not.toBeNull();
      expect((await notes.erasures()).map(({ value }) => value)).toEqual([next, other]);
      expect(await notes.removeErasure('a', etag!)).toBe(false);
      expect(await notes.removeErasure('a', later!)).toBe(true);
      expect(await notes.removeErasure('a', later!)).toBe(true);
      expect((await notes.erasures()).map(({ value }) => value.id)).toEqual(['b']);
    });

    it('keeps an erasure with a thousand messages that are not final yet', async () => {
      const large = {
        ...erasure('a'),
        pending: Array.from({ length: 1000 }, (_, n) => sampleId(n % 256, NOON + n)),
      };
      await notes.writeErasure(large, null);
      expect((await notes.erasures())[0]?.value).toEqual(large);
    });
  });
}

function erasure(id: string): Erasure {
  return {
    id,
    salt: 'salt',
    hash: 'f00d',
    requestedAt: NOON,
    place: { day: DAY, after: null },
    pending: [],
    isCut: false,
    erased: 0,
  };
}
