import { describe, expect, test } from 'vitest';
import { WrongUsage } from '../../../bench/bench.ts';
import { parseSmtpOptions } from '../../../bench/smtp/smtpOptions.ts';

describe('parseSmtpOptions', () => {
  test('without arguments: one load at the paces that have marks, each mail composed', () => {
    const { paces, ...others } = parseSmtpOptions([]);
    expect(others).toEqual({
      seconds: 2,
      warmUpSeconds: 6,
      composes: true,
      withPostfix: false,
      loads: [{ connections: 4, recipients: 10, bytes: 2000 }],
      isMatrix: false,
    });
    expect(paces.map(({ roundTripMs, serverMs }) => [roundTripMs, serverMs])).toEqual([
      [20, 0],
      [20, 100],
      [0, 0],
      [0, 100],
    ]);
  });

  test('every combination of what is listed is a case', () => {
    const options = parseSmtpOptions(['--rtt', '5,20,40', '--server', '0', '--recipients', '1,50']);
    expect(options.loads.map(({ recipients }) => recipients)).toEqual([1, 50]);
    expect(options.paces.map(({ roundTripMs }) => roundTripMs)).toEqual([5, 20, 40]);
  });

  test('the matrix has its own lists, and takes others in their place', () => {
    const { loads, paces, isMatrix } = parseSmtpOptions(['--matrix', '--bytes', '2000']);
    expect([isMatrix, loads.length, paces.length]).toEqual([true, 6, 8]);
  });

  test('composing can be left out', () => {
    expect(parseSmtpOptions(['--compose', 'no'])).toMatchObject({ composes: false });
    expect(() => parseSmtpOptions(['--compose', 'off'])).toThrow(
      new WrongUsage('--compose takes yes or no, not "off".'),
    );
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
