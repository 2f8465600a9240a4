import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutMail } from '../../../../shared/adapters/smtp/cutMail.ts';

const bytesOf = (parts: readonly string[]): Buffer[] => parts.map((part) => Buffer.from(part));
const textOf = (parts: readonly Uint8Array[], pieceBytes: number): string[] =>
  [...cutMail(parts, pieceBytes)].map(({ bytes }) => bytes.toString());

test('no piece is above the size, what fits goes in one, and the last one says that it is the last', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 30 })),
      fc.integer({ min: 1, max: 40 }),
      (parts, pieceBytes) => {
        const pieces = [...cutMail(bytesOf(parts), pieceBytes)];
        const whole = parts.join('');
        expect(pieces.map(({ bytes }) => bytes.toString()).join('')).toBe(whole);
        expect(pieces.every(({ bytes }) => bytes.length <= pieceBytes)).toBe(true);
        expect(pieces.map(({ isLast }) => isLast)).toEqual(pieces.map((_, at) => at === pieces.length - 1));
        expect(pieces.length > 1).toBe(whole.length > pieceBytes);
      },
    ),
  );
});

test('small parts are joined, and what fills a piece is not copied', () => {
  const large = Buffer.from('aaaabbbbcc');
  const parts = [...bytesOf(['h', 'i']), large, ...bytesOf(['de'])];
  expect(textOf(parts, 4)).toEqual(['hi', 'aaaa', 'bbbb', 'ccde']);
  const [, first, second] = [...cutMail(parts, 4)];
  expect([first!.bytes.buffer, second!.bytes.buffer]).toEqual([large.buffer, large.buffer]);
  expect(first!.bytes.byteOffset).toBe(large.byteOffset);
});

test('a view into a larger buffer gives its own bytes only', () => {
  const whole = Buffer.from('secret.mine.secret');
  const view = new Uint8Array(whole.buffer, whole.byteOffset + 6, 6);
  expect(textOf([Buffer.from('head'), view], 3).join('')).toBe('head.mine.');
});
