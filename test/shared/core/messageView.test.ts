import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { viewMessage, viewOperation, viewSummary } from '../../../shared/core/messageView.ts';
import { NOON, sampleDelivery, sampleHead, sampleRecipient } from '../../contracts/sampleMessages.ts';

const at = NOON + 5000;
const iso = (ms: number): string => new Date(ms).toISOString();
const OK = { text: '250 2.1.5 ok', cause: null, remedy: null };
const GONE = { text: '550 5.1.10 gone', cause: 'no such recipient', remedy: 'correct the address' };

function partlySent(changes: Partial<Delivery> = {}): Delivery {
  return sampleDelivery({
    status: 'partially_sent',
    updatedAt: at,
    attempt: 2,
    due: null,
    recipients: [
      sampleRecipient('ann@contoso.com', { status: 'accepted', reply: 0, at }),
      sampleRecipient('bob@example.org', { kind: 'external', status: 'failed', reply: 1, at }),
    ],
    replies: [OK, GONE],
    attempts: [{ attempt: 1, at: NOON, account: 'hve@contoso.com', accepted: 1, refused: 1, unknown: 0 }],
    ...changes,
  });
}

describe('a message as the API shows it', () => {
  it('has every field, with what became of each recipient and of each attempt', () => {
    const head = sampleHead({ reference: 'r-1', idempotencyKey: 'k-1', tags: ['payslip'], subject: 'Hello' });
    expect(viewMessage(head, [partlySent()])).toEqual({
      id: head.id,
      status: 'partially_sent',
      app: 'payroll',
      reference: 'r-1',
      idempotencyKey: 'k-1',
      from: 'hve@contoso.com',
      subject: 'Hello',
      priority: 'normal',
      tags: ['payslip'],
      createdAt: iso(NOON),
      updatedAt: iso(at),
      nextAttemptAt: null,
      waitsFor: null,
      contentRemovedAt: null,
      problems: [],
      counts: {
        recipients: 2,
        internal: 1,
        external: 1,
        accepted: 1,
        failed: 1,
        unknown: 0,
        waiting: 0,
        unknownSpends: 0,
      },
      recipients: [
        {
          address: 'ann@contoso.com',
          kind: 'internal',
          delivery: 0,
          status: 'accepted',
          reply: OK.text,
          cause: null,
          remedy: null,
          at: iso(at),
        },
        {
          address: 'bob@example.org',
          kind: 'external',
          delivery: 0,
          status: 'failed',
          reply: GONE.text,
          cause: GONE.cause,
          remedy: GONE.remedy,
          at: iso(at),
        },
      ],
      deliveries: [
        {
          delivery: 0,
          status: 'partially_sent',
          account: 'hve@contoso.com',
          messageId: `<${head.id}.0.1@contoso.com>`,
          attempts: [
            { attempt: 1, at: iso(NOON), account: 'hve@contoso.com', accepted: 1, refused: 1, unknown: 0 },
          ],
        },
      ],
    });
  });

  it('is the same without recipients and deliveries in a list, and id, status and counts only for an operation', () => {
    const head = sampleHead();
    const { recipients, deliveries, contentRemovedAt, ...summary } = viewMessage(head, [partlySent()]);
    expect([recipients.length, deliveries.length, contentRemovedAt]).toEqual([2, 1, null]);
    expect(viewSummary(head, [partlySent()])).toEqual(summary);
    const operation = viewOperation(head.id, [partlySent()]);
    expect(operation).toEqual({ id: head.id, status: summary.status, counts: summary.counts });
    // Whoever knows the id may ask: no address, no subject.
    expect(JSON.stringify(operation)).not.toMatch(/@|payslip/);
  });

  it('adds up a split one, and says when and for what it waits', () => {
    const waiting = sampleRecipient('x@contoso.com');
    const deferred = (delivery: number, nextAttemptAt: number | null): Delivery =>
      sampleDelivery({
        delivery,
        status: 'deferred',
        room: 'quota:tenant',
        nextAttemptAt,
        recipients: [waiting, { ...waiting, status: 'unknown' }, { ...waiting, status: 'captured' }],
        unknownSpends: 3,
      });
    const view = viewMessage(sampleHead({ parts: 3 }), [
      { ...partlySent(), delivery: 1, nextAttemptAt: 1 },
      deferred(2, at + 2000),
      deferred(3, at + 1000),
    ]);
    expect(view).toMatchObject({
      status: 'deferred',
      nextAttemptAt: iso(at + 1000),
      waitsFor: 'quota:tenant',
    });
    expect(view.counts).toEqual({
      recipients: 8,
      internal: 7,
      external: 1,
      accepted: 3,
      failed: 1,
      unknown: 2,
      waiting: 2,
      unknownSpends: 6,
    });
    expect(view.recipients.map((recipient) => recipient.delivery)).toEqual([1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('says nothing of who was not tried yet, and shows the Message-ID of the attempt under way', () => {
    const queued = sampleDelivery();
    const view = viewMessage(sampleHead(), [queued]);
    expect(view.recipients[0]).toMatchObject({ reply: null, cause: null, remedy: null, at: null });
    expect(view.deliveries[0]).toMatchObject({ messageId: null, attempts: [] });
    const claim = {
      token: 't',
      instance: 'i',
      account: 'hve@contoso.com',
      at: NOON,
      endsAt: NOON + 1,
      charge: { lease: '1', account: 'hve@contoso.com', recipients: 1, external: 0 },
      recipients: [0],
    };
    const sending = viewMessage(sampleHead(), [{ ...queued, status: 'sending', attempt: 4, claim }]);
    expect(sending.deliveries[0]!.messageId).toBe(`<${queued.id}.0.4@contoso.com>`);
  });

  it('shows the Message-ID that the mail carries, also where it went again under an older one', () => {
    const messageId = `<${sampleHead().id}.0.1@contoso.com>`;
    const resent = sampleDelivery({
      status: 'sent',
      attempt: 3,
      recipients: [sampleRecipient('ann@contoso.com', { status: 'accepted', identity: 0, at })],
      identities: [{ messageId, dateMs: NOON, given: 1 }],
      attempts: [1, 2].map((attempt) => ({
        attempt,
        at: NOON + attempt,
        account: 'hve@contoso.com',
        accepted: attempt - 1,
        refused: 0,
        unknown: 2 - attempt,
      })),
    });
    expect(viewMessage(sampleHead(), [resent]).deliveries[0]!.messageId).toBe(messageId);
  });

  it('says why it was rejected', () => {
    const problems = [{ pointer: '/to', code: 'required', detail: 'expected a recipient' }];
    const rejected = sampleDelivery({ status: 'rejected', recipients: [], sender: '' });
    expect(viewMessage(sampleHead({ problems, from: '' }), [rejected])).toMatchObject({
      status: 'rejected',
      problems,
      from: '',
      recipients: [],
    });
  });
});
