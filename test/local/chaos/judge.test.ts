import { expect, test } from 'vitest';
import type { InboxMail } from '../../../local/chaos/inbox.ts';
import { judge } from '../../../local/chaos/judge.ts';
import type { Evidence } from '../../../local/chaos/judge.ts';
import type { MessageDetail, MessageRecord } from '../../../local/chaos/records.ts';
import type { Receipt } from '../../../local/chaos/submit.ts';

const ann = 'm7r0@contoso.com';

function receipt(result: Receipt['result'] = 'accepted', recipients: readonly string[] = [ann]): Receipt {
  const submission = {
    number: 7,
    atMs: 0,
    via: 'http' as const,
    key: 'k',
    twice: false,
    recipients,
    body: {},
    sendInMs: null,
    expiresInMs: null,
  };
  return { submission, result, ids: ['A'], tries: 1, said: null };
}

function record(over: Partial<MessageRecord> = {}): MessageRecord {
  const counts = { recipients: 1, accepted: 1, unknownSpends: 0 };
  return { id: 'A', status: 'sent', reference: 'chaos-7', waitsFor: null, counts, ...over };
}

function detail(status: string, unknowns: readonly number[], reply: string | null = null): MessageDetail {
  return {
    ...record(),
    recipients: [{ address: ann, delivery: 0, status, reply }],
    deliveries: [
      { delivery: 0, attempts: unknowns.map((unknown, index) => ({ attempt: index + 1, unknown })) },
    ],
  };
}

function mail(id: string, identity = id, to: readonly string[] = [ann]): InboxMail {
  return { id, to, messageId: `<${identity}>`, identity };
}

const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  receipts: [receipt()],
  records: [record()],
  details: new Map(),
  mails: [mail('1')],
  ...over,
});

const found = (over: Partial<Evidence>) => {
  const { lost, unexplained, explained } = judge(evidence(over));
  return { lost: lost.length, unexplained: unexplained.length, explained };
};

const NOTHING = { lost: 0, unexplained: 0, explained: 0 };

test('negative control: one message, one mail, nothing is found', () => {
  expect(found({})).toEqual(NOTHING);
  expect(judge(evidence())).toMatchObject({ accepted: 1, byStatus: { sent: 1 }, acceptedByServer: 1 });
});

test('an accepted message that is not recorded is lost; one that was never answered is not', () => {
  expect(found({ records: [], mails: [] })).toEqual({ ...NOTHING, lost: 1 });
  const unsure = evidence({ receipts: [receipt('unsure')], records: [], mails: [] });
  expect(judge(unsure)).toMatchObject({ lost: [], accepted: 0, unanswered: 1 });
});

test('a message that is not final is lost', () => {
  const details = new Map([['A', detail('waiting', [])]]);
  const waiting = record({ status: 'deferred', waitsFor: 'tenant' });
  expect(judge(evidence({ records: [waiting], mails: [], details })).lost).toEqual([
    'message 7 (A): still deferred, waits for tenant',
  ]);
});

test('a recipient recorded as accepted without a mail is lost, unless the server said it has it', () => {
  expect(found({ mails: [] })).toEqual({ ...NOTHING, lost: 1 });
  const reply =
    '554 5.2.0 STOREDRV.Submission.Exception:StoragePermanentException.MapiExceptionDuplicateDelivery';
  const details = new Map([['A', detail('accepted', [1, 0], reply)]]);
  expect(found({ mails: [], details })).toEqual(NOTHING);
});

test('the same mail again is explained by an unknown attempt, and by nothing else', () => {
  const mails = [mail('1'), mail('2', '1')];
  const unknown = new Map([['A', detail('accepted', [1, 0])]]);
  expect(found({ mails, details: unknown })).toEqual({ ...NOTHING, explained: 1 });
  const known = new Map([['A', detail('accepted', [0, 0])]]);
  expect(found({ mails, details: known })).toEqual({ ...NOTHING, unexplained: 1 });
  const thrice = [...mails, mail('3', '1')];
  expect(found({ mails: thrice, details: unknown })).toEqual({ ...NOTHING, unexplained: 1 });
});

test('another mail for the same recipient is never explained', () => {
  const details = new Map([['A', detail('accepted', [1, 0])]]);
  expect(found({ mails: [mail('1'), mail('2')], details })).toEqual({ ...NOTHING, unexplained: 1 });
});

test('a mail to a recipient that the record says has failed needs an unknown attempt', () => {
  const failed = new Map([['A', detail('failed', [0])]]);
  expect(found({ details: failed })).toEqual({ ...NOTHING, unexplained: 1 });
  const unknown = new Map([['A', detail('failed', [1, 0])]]);
  expect(found({ details: unknown })).toEqual(NOTHING);
});

test('a message that is recorded twice, or answered with another id, is unexplained', () => {
  expect(found({ records: [record(), record({ id: 'B' })] })).toMatchObject({ unexplained: 1 });
  expect(found({ receipts: [{ ...receipt(), ids: ['A', 'B'] }] })).toMatchObject({ unexplained: 1 });
});

test('a mail of a message that is not recorded is unexplained', () => {
  expect(found({ receipts: [receipt('unsure')], records: [] })).toMatchObject({ unexplained: 1 });
});

test('what a producer was refused is told', () => {
  const refused = { ...receipt('refused'), said: '422 key_reused' };
  expect(judge(evidence({ receipts: [refused] })).refused).toEqual(['message 7: 422 key_reused']);
});
