import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../shared/core/message.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';
import { timeOfThread } from './timeOfThread.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const MINIMAL = { to: 'ann@contoso.com', subject: 'Hello', text: 'Hi' };
const RESOLVED: Message = {
  app: 'default',
  idempotencyKey: null,
  reference: null,
  from: { sender: null, displayName: null },
  to: [{ address: 'ann@contoso.com', displayName: null }],
  cc: [],
  bcc: [],
  replyTo: [],
  subject: 'Hello',
  text: 'Hi',
  html: null,
  attachments: [],
  headers: [],
  importance: 'normal',
  sensitivity: 'normal',
  priority: 'normal',
  sendAt: null,
  expiresAt: null,
  tags: [],
  metadata: {},
  split: 'auto',
  onQuota: 'defer',
  onUnknown: 'resend',
  mode: 'live',
};

function accept(input: unknown): Message {
  const result = parseMessage(input, { now: NOW });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.message;
}

describe('parseMessage', () => {
  it('resolves every optional field', () => {
    expect(accept(MINIMAL)).toEqual(RESOLVED);
  });

  it('takes null for absent, as Logic Apps send it', () => {
    const absent = Object.keys(RESOLVED).filter((field) => !Object.hasOwn(MINIMAL, field));
    const nulls = Object.fromEntries(absent.map((field) => [field, null]));
    expect(accept({ ...nulls, ...MINIMAL })).toEqual(RESOLVED);
    const attachment = { name: 'a', contentType: 'a/b', contentInBase64: '', blob: null, contentId: null };
    expect(
      accept({
        ...MINIMAL,
        cc: [null, { address: 'bob@contoso.com', displayName: null }],
        headers: { 'X-A': null },
        metadata: { a: null },
        attachments: [{ ...attachment, disposition: null }],
      }),
    ).toMatchObject({
      cc: [{ address: 'bob@contoso.com', displayName: null }],
      headers: [],
      metadata: {},
      attachments: [{ disposition: 'attachment' }],
    });
  });

  it('keeps everything that a full message says', () => {
    const full = {
      idempotencyKey: 'payslip-2026-11-4711',
      reference: 'order 4711',
      app: 'Payroll',
      from: { address: 'HVE@Contoso.com', displayName: ' Payroll ' },
      to: 'Ann <ann@contoso.com>; bob@contoso.com;',
      cc: ['cid@contoso.com, dan@contoso.com', { address: ' eve@contoso.com ', displayName: 'Eve' }, ''],
      bcc: { address: 'fay@contoso.com' },
      replyTo: ['"Desk, Help" <help@contoso.com>'],
      subject: 'Grüße 🎉',
      text: 'text\r\nof\tlines',
      html: '<p>html</p>',
      attachments: [
        { name: 'a.pdf', contentType: 'application/pdf', contentInBase64: 'QUJD\r\nRA==' },
        { name: 'b.csv', contentType: 'text/csv; charset=utf-8', blob: 'mail-content/b/b.csv' },
        { name: 'l.png', contentType: 'image/png', blob: 'l.png', contentId: '<logo@x>' },
        {
          name: 'm.png',
          contentType: 'image/png',
          blob: 'm.png',
          contentId: 'm',
          disposition: 'attachment',
        },
      ],
      headers: {
        'X-Order': '4711 ü',
        'list-unsubscribe': '<mailto:off@contoso.com>',
        'Auto-Submitted': 'auto-generated',
        'In-Reply-To': '<a@b>',
        References: '<a@b> <c@d>',
      },
      importance: 'High',
      sensitivity: 'private',
      priority: 'bulk',
      sendAt: '2026-11-24T09:30:00.1234567+01:00',
      expiresAt: '2026-11-25T00:00Z',
      tags: ['payslip', '2026-11', 'payslip'],
      metadata: { traceparent: '00-4bf9-00f0-01', 'cost.center': 'a\nb', empty: '' },
      split: 'never',
      onQuota: 'reject',
      onUnknown: 'hold',
      mode: 'capture',
    };
    expect(accept(full)).toEqual({
      app: 'payroll',
      idempotencyKey: 'payslip-2026-11-4711',
      reference: 'order 4711',
      from: { sender: 'HVE@contoso.com', displayName: 'Payroll' },
      to: [
        { address: 'ann@contoso.com', displayName: 'Ann' },
        { address: 'bob@contoso.com', displayName: null },
      ],
      cc: [
        { address: 'cid@contoso.com', displayName: null },
        { address: 'dan@contoso.com', displayName: null },
        { address: 'eve@contoso.com', displayName: 'Eve' },
      ],
      bcc: [{ address: 'fay@contoso.com', displayName: null }],
      replyTo: [{ address: 'help@contoso.com', displayName: 'Desk, Help' }],
      subject: 'Grüße 🎉',
      text: 'text\r\nof\tlines',
      html: '<p>html</p>',
      attachments: [
        {
          name: 'a.pdf',
          contentType: 'application/pdf',
          contentId: null,
          disposition: 'attachment',
          content: { kind: 'inline', base64: 'QUJDRA==' },
        },
        {
          name: 'b.csv',
          contentType: 'text/csv; charset=utf-8',
          contentId: null,
          disposition: 'attachment',
          content: { kind: 'blob', path: 'b/b.csv' },
        },
        {
          name: 'l.png',
          contentType: 'image/png',
          contentId: 'logo@x',
          disposition: 'inline',
          content: { kind: 'blob', path: 'l.png' },
        },
        {
          name: 'm.png',
          contentType: 'image/png',
          contentId: 'm',
          disposition: 'attachment',
          content: { kind: 'blob', path: 'm.png' },
        },
      ],
      headers: [
        { name: 'Auto-Submitted', value: 'auto-generated' },
        { name: 'In-Reply-To', value: '<a@b>' },
        { name: 'References', value: '<a@b> <c@d>' },
        { name: 'X-Order', value: '4711 ü' },
        { name: 'list-unsubscribe', value: '<mailto:off@contoso.com>' },
      ],
      importance: 'high',
      sensitivity: 'private',
      priority: 'bulk',
      sendAt: Date.parse('2026-11-24T08:30:00.123Z'),
      expiresAt: Date.parse('2026-11-25T00:00:00Z'),
      tags: ['payslip', '2026-11'],
      metadata: { traceparent: '00-4bf9-00f0-01', 'cost.center': 'a\nb', empty: '' },
      split: 'never',
      onQuota: 'reject',
      onUnknown: 'hold',
      mode: 'capture',
    });
  });

  it.each<[unknown, Message['from']]>([
    ['hve@contoso.com', { sender: 'hve@contoso.com', displayName: null }],
    ['Payroll <hve@contoso.com>', { sender: 'hve@contoso.com', displayName: 'Payroll' }],
    ['payslips', { sender: 'payslips', displayName: null }],
    [
      { address: 'payslips', displayName: 'Payroll' },
      { sender: 'payslips', displayName: 'Payroll' },
    ],
    [{ displayName: 'Payroll' }, { sender: null, displayName: 'Payroll' }],
    ['', { sender: null, displayName: null }],
    [{}, { sender: null, displayName: null }],
  ])('takes %j for the sender', (from, expected) => {
    expect(accept({ ...MINIMAL, from }).from).toEqual(expected);
  });

  it('is satisfied with a recipient in cc or bcc', () => {
    expect(accept({ ...MINIMAL, to: ' ; ', bcc: 'ann@contoso.com' }).to).toEqual([]);
    expect(accept({ ...MINIMAL, to: [], cc: 'ann@contoso.com' }).cc).toHaveLength(1);
  });

  it('takes an empty text for none where there is html', () => {
    expect(accept({ ...MINIMAL, text: '', html: '<p>' })).toMatchObject({ text: null, html: '<p>' });
  });

  it('understands the same message whatever the order of its fields', () => {
    const left = accept({ ...MINIMAL, metadata: { a: '1', b: '2' }, headers: { 'X-A': '1', 'X-B': '2' } });
    const right = accept({ headers: { 'X-B': '2', 'X-A': '1' }, metadata: { b: '2', a: '1' }, ...MINIMAL });
    expect(JSON.stringify(left)).toBe(JSON.stringify(right));
  });

  it('leaves the input as it was', () => {
    const input = Object.freeze({ ...MINIMAL, to: Object.freeze(['a@contoso.com;']), app: 'A' });
    accept(input);
    expect(input).toEqual({ ...MINIMAL, to: ['a@contoso.com;'], app: 'A' });
  });

  it('takes its limits to the last character', () => {
    const message = accept({
      ...MINIMAL,
      subject: 's'.repeat(255),
      reference: 'r'.repeat(255),
      app: 'a'.repeat(64),
      tags: Array.from({ length: 10 }, (_, index) => `${index}`.padEnd(64, 't')),
      metadata: Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`k${index}`.padEnd(64, 'k'), 'v'.repeat(1024)]),
      ),
      headers: Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => [`X-${index}`, 'v'.repeat(998 - `X-${index}: `.length)]),
      ),
      attachments: Array.from({ length: 100 }, () => ({
        name: 'n'.repeat(255),
        contentType: 'a/b',
        contentInBase64: '',
      })),
      sendAt: '2027-11-24T08:00:00Z',
      expiresAt: '2030-01-01T00:00:00Z',
    });
    expect(message.headers).toHaveLength(50);
  });

  it('understands or refuses any JSON, and never throws', () => {
    const field = fc.constantFrom(...Object.keys(RESOLVED), 'body', '__proto__', 'constructor');
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue({ maxDepth: 3 })), (input) => {
        const result = parseMessage(input, { now: NOW });
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
    );
  });

  it('is quick with 5,000 recipients and an attachment of 12 MB, right and wrong', () => {
    const start = timeOfThread();
    const content = `${'QUJD'.repeat(19)}\r\n`.repeat(210_000);
    const attachments = [{ name: 'a', contentType: 'a/b', contentInBase64: content }];
    const to = Array.from({ length: 5000 }, (_, index) => ({ address: `u${index}@contoso.com` }));
    expect(accept({ ...MINIMAL, to, attachments }).to).toHaveLength(5000);
    const wrong = { ...MINIMAL, to: to.map(({ address }) => `${address}@`), attachments };
    expect(parseMessage(wrong, { now: NOW }).ok).toBe(false);
    expect(timeOfThread() - start).toBeLessThan(3000);
  });
});
