import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeKey, encodeKey, quoted } from '../../../../shared/adapters/storage/tableKeys.ts';

it('leaves plain names as they are', () => {
  for (const plain of ['quota:account:hve@contoso.com', 'time', '1-01K9ABC.007', 'a+b=c_d-e']) {
    expect(encodeKey(plain)).toBe(plain);
  }
});

it('turns any text into a key that Table Storage takes, and back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (text, binary) => {
      for (const any of [text, binary, `${text}/\\#?%\u0000\u009F~${binary}`]) {
        expect(encodeKey(any)).toMatch(/^[A-Za-z0-9@.:_+=~-]*$/);
        expect(decodeKey(encodeKey(any))).toBe(any);
      }
    }),
  );
});

it('doubles the quotes of a string in a filter', () => {
  expect(quoted("O'Neil")).toBe("'O''Neil'");
});
