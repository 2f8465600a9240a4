import { expect, test } from 'vitest';
import { makeChance } from '../../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../../shared/adapters/smtp/compose/composer.ts';
import { bench } from '../../../bench/compose/bench.ts';
import { makeCases } from '../../../bench/compose/cases.ts';
import { parseComposeOptions } from '../../../bench/compose/composeOptions.ts';
import { saysTheSame } from '../../../bench/compose/saysTheSame.ts';
import { WrongUsage } from '../../../bench/bench.ts';

test(
  'both composers make the same mail of every case, and each is set against the other',
  { timeout: 120_000 },
  async () => {
    const lines: string[] = [];
    const { figures, isGood } = await bench.run(['--seconds', '0.01'], (line) => lines.push(line));
    expect([isGood, lines.filter((line) => line.startsWith('NOT'))]).toEqual([true, []]);
    const keys = makeCases().map(({ key }) => key);
    expect(Object.keys(figures)).toHaveLength(keys.length * 4);
    for (const key of keys) expect(figures[`${key}_per_second`]).toBeGreaterThan(0);
  },
);

test('another mail is not taken for the same', async () => {
  const composer = makeComposer(makeChance());
  const wrong = { ...composer, compose: async () => composer.compose(makeCases()[0]!.contentOf(2)) };
  expect(await saysTheSame(composer, wrong, makeCases()[0]!.contentOf(1))).toBe(false);
});

test.for(['0', '-1', 'x', '601', ''])('--seconds %j is refused', (seconds) => {
  expect(() => parseComposeOptions([`--seconds=${seconds}`])).toThrow(WrongUsage);
});

test('what it does not know is refused', () => {
  expect(() => parseComposeOptions(['--turns', '3'])).toThrow(WrongUsage);
  expect(parseComposeOptions([])).toEqual({ seconds: 2 });
});
