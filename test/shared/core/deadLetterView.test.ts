import { describe, expect, it } from 'vitest';
import {
  deadLetterId,
  isStale,
  parseDeadLetterId,
  viewDeadLetterDetail,
} from '../../../shared/core/deadLetterView.ts';
import type { Delivery } from '../../../shared/core/delivery.ts';
import type { DeadLetter } from '../../../shared/core/records.ts';
import { DAY, NOON, sampleDelivery, sampleId } from '../../contracts/sampleMessages.ts';

function letter(changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    day: DAY,
    key: `${sampleId()}.2.5`,
    messageId: sampleId(),
    delivery: 2,
    attempt: 5,
    app: 'payroll',
    at: NOON,
    reason: 'failed',
    detail: 'no such recipient. What to do: correct the address',
    lastReply: '550 5.1.10',
    raw: null,
    ...changes,
  };
}

describe('the id of a dead letter', () => {
  it.each([
    ['of an attempt is its key', letter(), `${sampleId()}.2.5`],
    ['of a queue item has its day before it', letter({ key: 'item-0b.1c' }), `${DAY}.item-0b.1c`],
    [
      'of another day than the message’s has that day',
      letter({ day: '2026-11-25' }),
      `2026-11-25.${sampleId()}.2.5`,
    ],
  ])('%s, and is read back', (_name, one, id) => {
    expect(deadLetterId(one)).toBe(id);
    expect(parseDeadLetterId(id)).toEqual({ day: one.day, key: one.key });
  });

  it.each(['', 'nonsense', sampleId(), `${sampleId()}.2`, '2026-02-30.item-1', '2026-11-24', '2026-11-24.'])(
    'is not %j',
    (id) => {
      expect(parseDeadLetterId(id)).toBeNull();
    },
  );
});

describe('a dead letter counts', () => {
  const row = (changes: Partial<Delivery>): Delivery =>
    sampleDelivery({ delivery: 2, attempt: 5, ...changes });
  it.each<[string, boolean, Delivery | null]>([
    ['while the row is final by that attempt', false, row({ status: 'failed' })],
    ['not while the row is queued by that attempt: it was redriven', true, row({ status: 'queued' })],
    ['not before the row is written', true, row({ status: 'sending' })],
    ['not when a late acceptance made it sent', true, row({ status: 'sent' })],
    ['not when a later attempt failed: that has its own', true, row({ status: 'failed', attempt: 6 })],
    ['not without a row', true, null],
  ])('%s', (_name, stale, delivery) => {
    expect(isStale(letter(), delivery)).toBe(stale);
  });

  it.each<[string, boolean, Delivery | null]>([
    ['while its delivery is tried', false, row({ status: 'queued' })],
    ['when it was given up', false, row({ status: 'failed' })],
    ['before there is a row', false, null],
    ['not when it has gone on', true, row({ status: 'queued', attempt: 6 })],
    ['not when it is over', true, row({ status: 'captured' })],
  ])('about an item that comes back, %s', (_name, stale, delivery) => {
    expect(isStale(letter({ reason: 'comes_back', key: 'item-1' }), delivery)).toBe(stale);
  });

  it('always, if it is about an item that names no message', () => {
    expect(isStale(letter({ messageId: '', key: 'item-1', reason: 'rejected' }), null)).toBe(false);
  });
});

describe('one dead letter', () => {
  it('shows its original as text, or in base64 where it is none', () => {
    const text = viewDeadLetterDetail(letter({ raw: Buffer.from('{"to":"Ä"}') }), null, false);
    expect(text).toMatchObject({ stale: false, original: '{"to":"Ä"}', originalEncoding: 'utf8' });
    const bytes = viewDeadLetterDetail(letter({ raw: Buffer.from([0xff, 0xfe, 0]) }), null, true);
    expect(bytes).toMatchObject({ stale: true, original: '//4A', originalEncoding: 'base64' });
    expect(viewDeadLetterDetail(letter(), null, false)).toMatchObject({
      original: null,
      originalEncoding: null,
    });
  });

  it('has null where nothing is known', () => {
    const view = viewDeadLetterDetail(letter({ messageId: '', app: '', key: 'item-1' }), null, false);
    expect(view).toMatchObject({ messageId: null, app: null, at: new Date(NOON).toISOString() });
  });
});
