import { expect, test } from 'vitest';
import { WrongUsage } from '../../../bench/bench.ts';
import { parseQuotaOptions } from '../../../bench/quota/quotaOptions.ts';

test('without arguments it is the proof that the issue asks for', () => {
  expect(parseQuotaOptions([])).toMatchObject({
    only: null,
    writers: [1, 8, 32, 128],
    processes: 8,
    kills: 2,
    limit: 20_000,
    external: 400,
  });
});

test('arguments are taken', () => {
  const options = parseQuotaOptions([
    '--only',
    'proof',
    '--writers',
    '4,64',
    '--limit',
    '600',
    '--external',
    '30',
  ]);
  expect(options).toMatchObject({ only: 'proof', writers: [4, 64], limit: 600, external: 30 });
});

test.each([
  [['--only', 'speed'], '--only takes compare or proof'],
  [['--writers', '8,none'], '--writers takes whole numbers'],
  [['--writers', '0'], '--writers takes whole numbers'],
  [['--seconds', '1.5'], '--seconds takes a whole number'],
  [['--processes', '2', '--kills', '2'], '--kills must be less than --processes'],
  [['--limit', '600', '--external', '301'], '--external must be at most half'],
  [['--speed'], '--speed'],
])('%j is refused', (args, words) => {
  expect(() => parseQuotaOptions(args)).toThrow(WrongUsage);
  expect(() => parseQuotaOptions(args)).toThrow(words);
});
