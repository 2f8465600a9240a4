import { expect, test } from 'vitest';
import { makeChance } from '../../../shared/adapters/nodePlatform.ts';

test('random bytes are as many as were asked for, and none is given twice', () => {
  const { bytes } = makeChance();
  const counts = [...Array.from({ length: 2000 }, () => 16), 4096, 5000, 8];
  const given = counts.map((count) => bytes(count));
  expect(given.map(({ length }) => length)).toEqual(counts);
  const words = given.flatMap((piece) =>
    Array.from({ length: piece.length / 8 }, (_, at) =>
      Buffer.from(piece.subarray(at * 8, at * 8 + 8)).toString('hex'),
    ),
  );
  expect(new Set(words).size).toBe(words.length);
});

test('two that were made apart give different bytes', () => {
  expect(makeChance().bytes(16)).not.toEqual(makeChance().bytes(16));
});
