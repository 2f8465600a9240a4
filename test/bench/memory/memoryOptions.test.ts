import { describe, expect, test } from 'vitest';
import { WrongUsage } from '../../../bench/bench.ts';
import { parseMemoryOptions } from '../../../bench/memory/memoryOptions.ts';

describe('parseMemoryOptions', () => {
  test('without arguments: what an instance may be asked for at the most, every way', () => {
    expect(parseMemoryOptions([])).toEqual({
      deliveries: 24,
      bytes: 10_000_000,
      rounds: 3,
      kinds: ['claimCheck', 'attachmentBlob', 'posted', 'split'],
      transports: ['plain', 'fast', 'fastChunking', 'nodemailer'],
    });
  });

  test('takes lists of kinds and transports', () => {
    const options = parseMemoryOptions(['--kinds', 'split,posted', '--transports', 'plain', '--rounds', '1']);
    expect(options).toMatchObject({ kinds: ['split', 'posted'], transports: ['plain'], rounds: 1 });
  });

  test.for([
    [['--deliveries', '0'], '--deliveries takes a whole number from 1 to 50, not "0".'],
    [['--rounds', 'some'], '--rounds takes a whole number from 1 to 100, not "some".'],
    [
      ['--transports', 'plain,slow'],
      '--transports takes plain, fast, fastChunking, nodemailer, separated by commas, not "slow".',
    ],
  ] as const)('%j is refused by name', ([args, message]) => {
    expect(() => parseMemoryOptions(args)).toThrow(new WrongUsage(message));
  });

  test('an option that is not there is refused', () => {
    expect(() => parseMemoryOptions(['--heap', '9'])).toThrow(WrongUsage);
  });
});
