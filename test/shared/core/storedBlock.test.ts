import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inflateRawSync } from 'node:zlib';
import { storedBlock } from '../../../shared/core/storedBlock.ts';

it('every inflater reads the bytes back, and nothing is left over', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(inflateRawSync(storedBlock(bytes))).toEqual(Buffer.from(bytes));
    }),
  );
  const most = Buffer.alloc(0xffff, 'x');
  expect(inflateRawSync(storedBlock(most))).toEqual(most);
});

it('more than one block holds is an error, not a shorter text', () => {
  expect(() => storedBlock(Buffer.alloc(0x10000))).toThrow(RangeError);
});
