import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../shared/core/messageSchema.ts';
import { viewPayload } from '../../../shared/core/payloadView.ts';
import { NOON } from '../../contracts/sampleMessages.ts';

function accepted(input: unknown) {
  const parsed = parseMessage(input, { now: NOON });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.message;
}

const LEAST = { to: 'ann@contoso.com', subject: 's', text: 't' };
const MOST = {
  app: 'Payroll',
  idempotencyKey: 'k-1',
  reference: 'order 4711',
  from: { address: 'hve@contoso.com', displayName: 'Payroll' },
  to: '"Lee, Ann" <ann@contoso.com>; bob@contoso.com',
  cc: ['carl@contoso.com'],
  bcc: { address: 'dora@example.org' },
  replyTo: 'answers@contoso.com',
  subject: 'Ä subject',
  text: 'text',
  html: '<p>html</p>',
  attachments: [
    { name: 'a.txt', contentType: 'text/plain', contentInBase64: 'aGVsbG8=' },
    { name: 'empty.txt', contentType: 'text/plain', contentInBase64: '' },
    { name: 'l.png', contentType: 'image/png', blob: 'mail-content/logos/l.png', contentId: 'logo' },
    { name: 'x.png', contentType: 'image/png', blob: 'x.png', contentId: 'x', disposition: 'attachment' },
  ],
  headers: { 'X-Order': '4711', 'Auto-Submitted': 'auto-generated' },
  importance: 'high',
  sensitivity: 'private',
  priority: 'bulk',
  sendAt: '2026-11-25T08:00:00+01:00',
  expiresAt: '2026-11-26T08:00:00Z',
  tags: ['a', 'b'],
  metadata: { trace: '1' },
  split: 'never',
  onQuota: 'reject',
  onUnknown: 'hold',
  mode: 'capture',
};

describe('the payload of a message', () => {
  it.each([
    ['the least', LEAST],
    ['everything', MOST],
    ['a display name alone', { ...LEAST, from: { displayName: 'Payroll' } }],
    ['a pool', { ...LEAST, from: 'pool-1' }],
  ])('with %s can be sent again, and means the same', (_name, input) => {
    const message = accepted(input);
    expect(accepted(JSON.parse(JSON.stringify(viewPayload(message))))).toEqual(message);
  });

  it('leaves out what was not given', () => {
    expect(viewPayload(accepted(LEAST))).toEqual({
      app: 'default',
      to: [{ address: 'ann@contoso.com' }],
      subject: 's',
      text: 't',
      importance: 'normal',
      sensitivity: 'normal',
      priority: 'normal',
      split: 'auto',
      onQuota: 'defer',
      onUnknown: 'resend',
      mode: 'live',
    });
  });

  it('writes instants and blobs as a producer does', () => {
    const view = viewPayload(accepted(MOST));
    expect(view['sendAt']).toBe('2026-11-25T07:00:00.000Z');
    expect(view['attachments']).toContainEqual({
      name: 'l.png',
      contentType: 'image/png',
      contentId: 'logo',
      disposition: 'inline',
      blob: 'logos/l.png',
    });
    expect(view['headers']).toEqual({ 'Auto-Submitted': 'auto-generated', 'X-Order': '4711' });
  });
});
