import { describe, expect, it } from 'vitest';
import type { ReplyNote } from '../../../shared/core/delivery.ts';
import {
  REPLY_CHARACTERS,
  compactReplies,
  countKinds,
  isExpired,
  noteReply,
  openRecipients,
} from '../../../shared/core/delivery.ts';
import { NOON, sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';

const note = (text: string, cause: string | null = null): ReplyNote => ({ text, cause, remedy: null });

describe('the list of distinct replies', () => {
  it('takes the same words about the same cause once', () => {
    const first = noteReply([], note('550 gone', 'no such recipient'));
    const same = noteReply(first.replies, note('550 gone', 'no such recipient'));
    expect([same.index, same.replies]).toEqual([0, first.replies]);
    const other = noteReply(first.replies, note('550 gone', 'blocked'));
    expect([other.index, other.replies.length]).toEqual([1, 2]);
  });

  it('cuts what is said and what is said of it, and takes what differs behind the cut for the same', () => {
    const long = 'x'.repeat(10_000);
    const first = noteReply([], { text: `a${long}`, cause: `b${long}`, remedy: `c${long}` });
    const [kept] = first.replies;
    expect([kept!.text.length, kept!.cause!.length, kept!.remedy!.length]).toEqual(
      Array(3).fill(REPLY_CHARACTERS),
    );
    expect(noteReply(first.replies, { text: `a${long}y`, cause: `b${long}y`, remedy: null }).index).toBe(0);
  });

  it('does not grow beyond what a row holds: detail is lost, never the outcome', () => {
    let replies: readonly ReplyNote[] = [];
    let index = 0;
    for (let n = 0; n < 900; n++) ({ replies, index } = noteReply(replies, note(`reply ${n}`)));
    expect(replies.length).toBeLessThanOrEqual(500);
    expect(replies[index]).toBeDefined();
  });

  it('drops those that no recipient points to, and every pointer still says the same', () => {
    const delivery = sampleDelivery({
      replies: [note('a'), note('b'), note('c'), note('d')],
      recipients: [
        sampleRecipient('1@x', { reply: 3 }),
        sampleRecipient('2@x', { reply: null }),
        sampleRecipient('3@x', { reply: 1 }),
        sampleRecipient('4@x', { reply: 3 }),
      ],
    });
    const compact = compactReplies(delivery);
    expect(compact.replies).toHaveLength(2);
    const texts = compact.recipients.map(({ reply }) =>
      reply === null ? null : compact.replies[reply]!.text,
    );
    expect(texts).toEqual(['d', null, 'b', 'd']);
    expect(compactReplies(compact)).toBe(compact);
  });
});

describe('a delivery', () => {
  const delivery = sampleDelivery({
    recipients: [
      sampleRecipient('1@x', { status: 'waiting' }),
      sampleRecipient('2@x', { status: 'accepted' }),
      sampleRecipient('3@x', { status: 'unknown', kind: 'external' }),
      sampleRecipient('4@x', { status: 'failed', kind: 'external' }),
      sampleRecipient('5@x', { status: 'captured' }),
    ],
  });

  it('is open for those who wait and those in doubt', () => {
    expect(openRecipients(delivery)).toEqual([0, 2]);
    expect(countKinds(delivery, [0, 2, 3])).toEqual({ recipients: 3, external: 2 });
  });

  it('expires at the instant it names, and never without one', () => {
    expect(isExpired(sampleDelivery({ expiresAt: NOON }), NOON - 1)).toBe(false);
    expect(isExpired(sampleDelivery({ expiresAt: NOON }), NOON)).toBe(true);
    expect(isExpired(sampleDelivery(), Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});
