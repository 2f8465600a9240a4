import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../shared/core/records.ts';
import type { DeadLetters } from '../../shared/ports.ts';
import { DAY, NOON, sampleId } from './sampleMessages.ts';

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
  });
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
