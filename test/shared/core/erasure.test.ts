import { describe, expect, it } from 'vitest';
import {
  eraseFromLetter,
  eraseFromMessage,
  isErasedRecipient,
  makeErasure,
  matcherOf,
  names,
} from '../../../shared/core/erasure.ts';
import { mergeLateOutcome } from '../../../shared/core/outcome.ts';
import { NOON, sampleDelivery, sampleHead, sampleRecipient } from '../../contracts/sampleMessages.ts';

const ANN = 'ann.lee@contoso.com';
const erasure = makeErasure({ id: 'e1', salt: 'salt' }, ANN, NOON);
const isAnn = matcherOf(erasure);

describe('an erasure', () => {
  it('knows its address in any case, and does not keep it', () => {
    expect([isAnn(ANN), isAnn('Ann.Lee@CONTOSO.com'), isAnn('bob@contoso.com')]).toEqual([true, true, false]);
    expect(JSON.stringify(erasure)).not.toMatch(/ann|lee|contoso/i);
    expect(matcherOf(makeErasure({ id: 'e2', salt: 'other' }, ANN, NOON))(ANN)).toBe(true);
    expect(makeErasure({ id: 'e2', salt: 'other' }, ANN, NOON).hash).not.toBe(erasure.hash);
  });

  it.each([
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann.lee@contoso.com not found by SMTP address lookup',
    '<Ann.Lee@contoso.com>: mailbox full',
    "smtp;'ann.lee@contoso.com'",
    'to=ann.lee@contoso.com, relay=none',
    'mailto:ann.lee@contoso.com.',
    'bob@contoso.com,ann.lee@contoso.com',
    '{"to":["ann.lee@contoso.com"]}',
    'ann.lee@contoso.com',
  ])('finds it in %s', (text) => {
    expect(names(text, isAnn)).toBe(true);
  });

  it.each([
    'joann.lee@contoso.com',
    'x-ann.lee@contoso.com',
    'ann.lee@contoso.com.example.org',
    'ann.lee@contoso.co',
    'ann.lee',
    'lee@contoso.com',
    '@',
    '',
  ])('does not take %s for it', (text) => {
    expect(names(text, isAnn)).toBe(false);
  });

  it('is quick in the longest text of addresses', () => {
    const text = Array.from({ length: 2500 }, (_, n) => `person.number-${n}@contoso.com`).join(';');
    expect(names(text, isAnn)).toBe(false);
    expect(names(`${text};${ANN}`, isAnn)).toBe(true);
  });
});

describe('a message without the address', () => {
  const replies = [
    { text: `550 5.1.10 ${ANN} not found`, cause: `${ANN} is unknown`, remedy: null },
    { text: '250 ok', cause: null, remedy: null },
  ];
  const delivery = sampleDelivery({
    status: 'partially_sent',
    recipients: [
      sampleRecipient('bob@contoso.com', { status: 'accepted', reply: 1 }),
      sampleRecipient('Ann.Lee@contoso.com', { status: 'failed', reply: 0, at: NOON, identity: null }),
    ],
    replies,
    charges: [{ lease: `${NOON}-x`, account: 'hve@contoso.com', recipients: 2, external: 0 }],
  });

  it('keeps outcomes, counts and charges; its content and its subject are gone', () => {
    const head = sampleHead({ subject: 'Your payslip, Ann', tags: [`to:${ANN}`, 'payslip'], reference: ANN });
    const next = eraseFromMessage(head, [delivery], isAnn, NOON + 5)!;
    expect(next.head).toEqual({
      ...head,
      subject: '',
      tags: ['to:[erased]', 'payslip'],
      reference: '[erased]',
      contentRemoved: { at: NOON + 5, why: 'erased' },
    });
    expect(next.deliveries).toEqual([
      {
        ...delivery,
        recipients: [delivery.recipients[0], { ...delivery.recipients[1]!, address: 'erased-2' }],
        replies: [
          { text: '550 5.1.10 [erased] not found', cause: '[erased] is unknown', remedy: null },
          replies[1],
        ],
      },
    ]);
    expect(JSON.stringify(next)).not.toMatch(/ann/i);
    // Once more finds nothing.
    expect(eraseFromMessage(next.head, next.deliveries, isAnn, NOON + 9)).toBeNull();
  });

  it('leaves the deliveries that do not name it as they are', () => {
    const other = sampleDelivery({ delivery: 2, recipients: [sampleRecipient('carol@contoso.com')] });
    const next = eraseFromMessage(sampleHead({ parts: 2 }), [delivery, other], isAnn, NOON)!;
    expect(next.deliveries[1]).toBe(other);
    expect(eraseFromMessage(sampleHead(), [other], isAnn, NOON)).toBeNull();
  });

  it('keeps since when and why its content was gone already', () => {
    const contentRemoved = { at: NOON - 1, why: 'retention' } as const;
    const next = eraseFromMessage(sampleHead({ contentRemoved }), [delivery], isAnn, NOON)!;
    expect(next.head.contentRemoved).toEqual(contentRemoved);
  });

  it('has recipients that are no address, each another one', () => {
    const twice = { ...delivery, recipients: [...delivery.recipients, delivery.recipients[1]!] };
    const { recipients } = eraseFromMessage(sampleHead(), [twice], isAnn, NOON)!.deliveries[0]!;
    expect(recipients.map(({ address }) => address)).toEqual(['bob@contoso.com', 'erased-2', 'erased-3']);
    expect(recipients.map(isErasedRecipient)).toEqual([false, true, true]);
    expect(isErasedRecipient({ address: 'erased-2@contoso.com' })).toBe(false);
  });

  it('is not named again by an outcome that comes late', () => {
    const { deliveries } = eraseFromMessage(sampleHead(), [delivery], isAnn, NOON)!;
    const note = { text: `250 2.1.5 ${ANN} ok`, cause: null, remedy: null };
    const merged = mergeLateOutcome(deliveries[0]!, new Map([[1, { kind: 'accepted', note }]]), NOON + 1)!;
    expect(merged.recipients[1]).toMatchObject({ address: 'erased-2', status: 'accepted' });
    expect(JSON.stringify(merged)).not.toMatch(/ann/i);
  });
});

it('a dead letter loses the address in its words, and another one stays what it is', () => {
  const letter = {
    day: '2026-11-24',
    key: 'k',
    messageId: '',
    delivery: 0,
    attempt: 1,
    app: 'payroll',
    at: NOON,
    reason: 'failed',
    detail: `${ANN} is unknown`,
    lastReply: null,
  } as const;
  expect(eraseFromLetter(letter, isAnn)).toEqual({ ...letter, detail: '[erased] is unknown' });
  const other = { ...letter, detail: 'bob@contoso.com is unknown' };
  expect(eraseFromLetter(other, isAnn)).toBe(other);
});
