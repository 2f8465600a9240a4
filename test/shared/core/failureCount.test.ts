import { describe, expect, it } from 'vitest';
import { generalised, makeFailureCount } from '../../../shared/core/failureCount.ts';

const failed = (changes: object = {}) => ({
  messageId: 'm1',
  app: 'payroll',
  cause: 'no such recipient',
  remedy: 'correct the address',
  recipients: 1,
  ...changes,
});

describe('the failures of a day', () => {
  it('are added up by cause and remedy, the most recipients first, each message once', () => {
    const failures = makeFailureCount();
    failures.add(failed({ recipients: 2 }));
    failures.add(failed({ app: 'crm', messageId: 'm2', recipients: 3 }));
    failures.add(failed({ messageId: 'm2' }));
    failures.add(failed({ cause: 'the mailbox is full', recipients: 50 }));
    failures.add(failed({ remedy: 'another one', recipients: 4 }));
    expect(failures.result()).toEqual({
      causes: [
        { ...failed({ cause: 'the mailbox is full', recipients: 50 }), messages: 1, ...apps('payroll') },
        { ...failed({ recipients: 6 }), messages: 2, ...apps('crm', 'payroll') },
        { ...failed({ remedy: 'another one', recipients: 4 }), messages: 1, ...apps('payroll') },
      ].map(({ messageId: _none, app: _neither, ...cause }) => cause),
      others: { recipients: 0, messages: 0 },
    });
  });

  it('name fifteen causes and five apps; the others are added up, and a message of several of them counts once', () => {
    const failures = makeFailureCount();
    for (let n = 0; n < 30; n++) {
      for (const messageId of ['m1', 'm2']) failures.add(failed({ cause: `cause ${n}`, messageId }));
    }
    for (let n = 0; n < 8; n++) failures.add(failed({ cause: 'cause 0', app: `app${n}` }));
    const { causes, others } = failures.result();
    expect(causes).toHaveLength(15);
    expect(causes[0]).toMatchObject({ cause: 'cause 0', recipients: 10, moreApps: 4 });
    expect(causes[0]!.apps).toEqual(['payroll', 'app0', 'app1', 'app2', 'app3']);
    expect(others).toEqual({ recipients: 30, messages: 2 });
  });

  it('stay bounded whatever servers reply, and none is lost', () => {
    const failures = makeFailureCount();
    for (let n = 0; n < 5000; n++) failures.add(failed({ cause: `reply ${n}`, messageId: `m${n}` }));
    const { causes, others } = failures.result();
    expect(causes).toHaveLength(15);
    expect(others).toEqual({ recipients: 4985, messages: 4985 });
  });

  it('are one cause where servers name the recipient, themselves and the transaction', () => {
    const failures = makeFailureCount();
    for (const [address, server] of [
      [
        'ann@contoso.com',
        '[AM0PR01CA0123.eurprd01.prod.outlook.com 2026-11-24T08:00:00.000Z 08DE2A0000000001]',
      ],
      ["o'hara+x@sub.example.org", '[DB9PR02.eurprd02.prod.outlook.com 2026-11-24T09:00:00.000Z 08DE2A00000'],
    ]) {
      failures.add(
        failed({ cause: `unknown reply to RCPT TO: 550 5.4.310 <${address}> no domain ${server}` }),
      );
    }
    expect(failures.result().causes.map(({ cause, recipients }) => [cause, recipients])).toEqual([
      ['unknown reply to RCPT TO: 550 5.4.310 <(address)> no domain […]', 2],
    ]);
  });

  it.each([
    ['ann@contoso.com', '(address)'],
    ['not for mailto:ann@contoso.com, but bob@x.y', 'not for mailto:(address), but (address)'],
    ['recipient ann=x@contoso.com; bob@', 'recipient (address); (address)'],
    ['ünï@bücher.example is not known', '(address) is not known'],
    ['<"ann smith"@contoso.com> and ann@[192.0.2.1]', '<(address)> and (address)'],
    ['550 5.7.708 from 203.0.113.7', '550 5.7.708 from 203.0.113.7'],
    ['id 01JDN7Q0000000000000000000 here', 'id … here'],
    [
      'RESOLVER.ADR.RecipientNotFound; Recipient not found',
      'RESOLVER.ADR.RecipientNotFound; Recipient not found',
    ],
  ])('leave what is the same for all: %s', (text, expected) => {
    expect(generalised(text)).toBe(expected);
  });
});

function apps(...names: string[]) {
  return { apps: names, moreApps: 0 };
}
