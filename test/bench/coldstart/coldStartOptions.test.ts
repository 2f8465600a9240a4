import { expect, test } from 'vitest';
import { WrongUsage } from '../../../bench/bench.ts';
import { parseColdStartOptions } from '../../../bench/coldstart/coldStartOptions.ts';

test('without arguments: nine starts of each way by both transports', () => {
  expect(parseColdStartOptions([])).toEqual({ repetitions: 9, transports: ['plain', 'fast'] });
});

test('arguments are taken', () => {
  const options = parseColdStartOptions(['--repetitions', '3', '--transport', 'fast']);
  expect(options).toEqual({ repetitions: 3, transports: ['fast'] });
});

test.each([
  [['--repetitions', '0'], '--repetitions takes a whole number from 1 to 100, not "0".'],
  [['--transport', 'plain,slow'], '--transport takes plain, fast, separated by commas, not "slow".'],
  [['--speed'], '--speed'],
])('%j is refused', (args, words) => {
  expect(() => parseColdStartOptions(args)).toThrow(WrongUsage);
  expect(() => parseColdStartOptions(args)).toThrow(words);
});
