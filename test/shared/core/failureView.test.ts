import { describe, expect, it } from 'vitest';
import { failuresOf } from '../../../shared/core/failureView.ts';
import { sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';

const FAILED = { reason: 'failed', detail: 'as the letter says' } as const;
const NO_MAILBOX = { text: '550 5.1.10 a', cause: 'no such mailbox', remedy: 'correct the address' };
const REJECTED = { reason: 'rejected', detail: 'd' } as const;
/** Another reply with the same meaning: each names its address. */
const NO_MAILBOX_EITHER = { ...NO_MAILBOX, text: '550 5.1.10 b' };
const REFUSED = { text: '554 5.0.0', cause: null, remedy: null };

describe('why a delivery did not reach everybody', () => {
  it('is grouped by cause, the most recipients first, and counts only who failed', () => {
    const delivery = sampleDelivery({
      replies: [REFUSED, NO_MAILBOX, NO_MAILBOX_EITHER],
      recipients: [
        sampleRecipient('a@contoso.com', { status: 'failed', reply: 0 }),
        sampleRecipient('b@contoso.com', { status: 'failed', reply: 1 }),
        sampleRecipient('c@contoso.com', { status: 'failed', reply: 2 }),
        sampleRecipient('d@contoso.com', { status: 'accepted', reply: 1 }),
      ],
    });
    expect(failuresOf(FAILED, delivery, [])).toEqual([
      { cause: 'no such mailbox', remedy: 'correct the address', whoActs: 'app', recipients: 2 },
      { cause: 'cause not known', remedy: 'look at the reply', whoActs: 'operator', recipients: 1 },
    ]);
  });

  it('names the kinds of problems of what was rejected, without their places, so that alike ones count together', () => {
    const problem = (pointer: string, code: string) => ({ pointer, code, detail: pointer });
    const problems = [problem('/to/0', 'address_invalid'), problem('/to/7', 'address_invalid')];
    const [failure, ...others] = failuresOf(REJECTED, null, [...problems, problem('/x', 'unknown_field')]);
    expect(others).toEqual([]);
    expect(failure!.cause).toBe(
      'the message is not valid: not an e-mail address (address_invalid); the contract has no such field (unknown_field)',
    );
    expect(failuresOf(REJECTED, null, [])[0]!.cause).toBe('the message is not valid');
  });

  it('has words for three kinds of problems at the most, and for none that another version knows', () => {
    const codes = ['required', 'sender_unknown', 'type', 'too_long', 'of_tomorrow'];
    const problems = codes.map((code) => ({ pointer: '', code, detail: '' }));
    expect(failuresOf(REJECTED, null, problems)[0]!.cause).toBe(
      'the message is not valid: of_tomorrow; a required field is missing or null (required); from names no sender account of this deployment (sender_unknown); too_long; type',
    );
  });

  it('says of what was valid, and found the quota full, that this was why', () => {
    const [failure] = failuresOf(REJECTED, null, [{ pointer: '/onQuota', code: 'quota', detail: '' }]);
    expect(failure).toEqual({
      cause: 'the quota has no room for it, and the message says onQuota: reject (quota)',
      remedy: 'send it again when there is room, or let it be deferred',
      whoActs: 'app',
      recipients: 0,
    });
    const foundLater = sampleDelivery({
      status: 'rejected',
      replies: [{ text: 'quota', cause: 'the quota is used up', remedy: 'send it again later' }],
      recipients: [sampleRecipient('a@contoso.com', { status: 'failed', reply: 0 })],
    });
    expect(failuresOf(REJECTED, foundLater, [])).toMatchObject([
      { cause: 'the quota is used up', recipients: 1 },
    ]);
  });

  it('is what the dead letter says where no recipient is known to have failed', () => {
    const waiting = sampleDelivery({ status: 'queued' });
    for (const delivery of [null, waiting]) {
      expect(failuresOf({ reason: 'comes_back', detail: 'it comes back' }, delivery, [])).toEqual([
        {
          cause: 'it comes back',
          remedy: expect.stringContaining('log'),
          whoActs: 'operator',
          recipients: 0,
        },
      ]);
    }
  });
});
