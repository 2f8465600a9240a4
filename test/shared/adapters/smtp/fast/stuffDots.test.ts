import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutMail } from '../../../../../shared/adapters/smtp/fast/cutMail.ts';
import { endsLine, stuffDots } from '../../../../../shared/adapters/smtp/fast/stuffDots.ts';

/** As sendData.ts does it. */
function stuffInPieces(head: string, body: string, pieceBytes: number): string {
  const pieces = cutMail(Buffer.from(head), Buffer.from(body), pieceBytes);
  const stuffed = pieces.map((piece, index) => stuffDots(piece, index === 0 || endsLine(pieces[index - 1]!)));
  return Buffer.concat(stuffed).toString();
}

test('however a mail is cut, the dots at the beginning of its lines are doubled and no others', () => {
  const text = fc
    .array(fc.constantFrom('.', '..', 'a', '\r\n', '\r\n.', '\n', '\r'), { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 20 }), (head, body, pieceBytes) => {
      const whole = head + body;
      expect(stuffInPieces(head, body, pieceBytes)).toBe(whole.replace(/(^|\n)\./g, '$1..'));
    }),
  );
});

test('a mail without such dots is not copied', () => {
  const bytes = Buffer.from('a.b\r\nc.\r\n');
  expect(stuffDots(bytes, true)).toBe(bytes);
});

test('a view into a larger buffer gives its own bytes only', () => {
  const whole = Buffer.from('secret.mine.secret');
  const view = new Uint8Array(whole.buffer, whole.byteOffset + 6, 6);
  expect(Buffer.concat([...cutMail(Buffer.from('head'), view, 3)]).toString()).toBe('head.mine.');
});
