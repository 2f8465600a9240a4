import { describe, expect, it } from 'vitest';
import { goAnew, isRedrivable } from '../../../shared/core/goAnew.ts';
import { openRecipients } from '../../../shared/core/delivery.ts';
import { NOON, sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';

describe('what a person sets going again', () => {
  const identity = { messageId: '<a@contoso.com>', dateMs: NOON, given: 2 };
  const given = sampleDelivery({
    status: 'partially_sent',
    attempt: 4,
    due: null,
    expiresAt: NOON - 1,
    recipients: [
      sampleRecipient('accepted@contoso.com', { status: 'accepted', reply: 0, identity: 0 }),
      sampleRecipient('failed@contoso.com', { status: 'failed', reply: 1 }),
      sampleRecipient('unknown@contoso.com', { status: 'unknown', reply: 1, identity: 0 }),
    ],
    replies: [
      { text: '250 2.1.5 ok', cause: null, remedy: null },
      { text: '550 5.1.10', cause: 'no such recipient', remedy: 'correct the address' },
    ],
    identities: [identity],
    charges: [{ lease: 'l', account: 'hve@contoso.com', recipients: 2, external: 0 }],
    tries: 9,
    firstTryAt: NOON - 86_400_000,
    unknownSpends: 3,
    unknownInRow: 3,
  });
  const again = goAnew(given);

  it('goes to whoever has not got it, and to nobody else', () => {
    expect(again.recipients.map(({ status }) => status)).toEqual(['accepted', 'waiting', 'unknown']);
    expect(openRecipients(again)).toEqual([1, 2]);
  });

  it('keeps identities, charges, the number of the attempt and what was spent in doubt', () => {
    expect(again.recipients[2]!.identity).toBe(0);
    expect(again).toMatchObject({
      identities: [identity],
      charges: given.charges,
      attempt: 4,
      unknownSpends: 3,
    });
  });

  it('begins the 24 hours and the doubts in a row anew, and does not expire', () => {
    expect(again).toMatchObject({ tries: 0, firstTryAt: null, unknownInRow: 0, expiresAt: null });
  });

  it('is only what was given up', () => {
    const yes = ['failed', 'partially_sent', 'expired', 'rejected'] as const;
    const no = [
      'queued',
      'sending',
      'scheduled',
      'deferred',
      'held',
      'sent',
      'canceled',
      'captured',
    ] as const;
    expect(yes.map(isRedrivable)).toEqual(yes.map(() => true));
    expect(no.map(isRedrivable)).toEqual(no.map(() => false));
  });
});
