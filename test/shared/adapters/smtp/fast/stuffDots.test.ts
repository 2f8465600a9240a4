import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutMail } from '../../../../../shared/adapters/smtp/cutMail.ts';
import { endsLine, stuffDots } from '../../../../../shared/adapters/smtp/fast/stuffDots.ts';

/** As sendData.ts does it. */
function stuffInPieces(parts: readonly string[], pieceBytes: number): string {
  let atLineStart = true;
  const stuffed = [...cutMail(bytesOf(parts), pieceBytes)].map(({ bytes }) => {
    const piece = stuffDots(bytes, atLineStart);
    atLineStart = endsLine(bytes);
    return piece;
  });
  return Buffer.concat(stuffed).toString();
}

const bytesOf = (parts: readonly string[]): Buffer[] => parts.map((part) => Buffer.from(part));

test('however a mail is cut, the dots at the beginning of its lines are doubled and no others', () => {
  const text = fc
    .array(fc.constantFrom('.', '..', 'a', '\r\n', '\r\n.', '\n', '\r'), { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(text), fc.integer({ min: 1, max: 20 }), (parts, pieceBytes) => {
      const whole = parts.join('');
      expect(stuffInPieces(parts, pieceBytes)).toBe(whole.replace(/(^|\n)\./g, '$1..'));
    }),
  );
});

test('a mail without such dots is not copied', () => {
  const bytes = Buffer.from('a.b\r\nc.\r\n');
  expect(stuffDots(bytes, true)).toBe(bytes);
});
