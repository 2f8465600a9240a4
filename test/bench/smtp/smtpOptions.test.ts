import { describe, expect, test } from 'vitest';
import { WrongUsage } from '../../../bench/bench.ts';
import { parseSmtpOptions } from '../../../bench/smtp/smtpOptions.ts';

describe('parseSmtpOptions', () => {
  test('without arguments: four cases that end within two minutes', () => {
    expect(parseSmtpOptions([])).toEqual({
      seconds: 2,
      connections: 4,
      recipients: 10,
      bytes: 2000,
      roundTripsMs: [0, 20],
      serversMs: [0, 100],
    });
  });

  test('takes lists of round trips and server times', () => {
    const options = parseSmtpOptions(['--rtt', '5,20,40', '--server', '0', '--recipients', '50']);
    expect(options).toMatchObject({ roundTripsMs: [5, 20, 40], serversMs: [0], recipients: 50 });
  });

  test.for([
    [['--rtt', 'fast'], '--rtt takes a whole number from 0 to 1000, not "fast".'],
    [['--rtt', '5,,20'], '--rtt takes a whole number from 0 to 1000, not "".'],
    [['--connections', '0'], '--connections takes a whole number from 1 to 50, not "0".'],
  ] as const)('%j is refused by name', ([args, message]) => {
    expect(() => parseSmtpOptions(args)).toThrow(new WrongUsage(message));
  });

  test('an option that is not there is refused', () => {
    expect(() => parseSmtpOptions(['--speed', '9'])).toThrow(WrongUsage);
  });
});
