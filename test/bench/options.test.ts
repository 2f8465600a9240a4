import { expect, test } from 'vitest';
import { WrongUsage } from '../../bench/bench.ts';
import { readName, readNames, readOptions, readWhole, textOptions } from '../../bench/options.ts';

const RANGE = { from: 1, to: 20 };

test('what is none of the options is refused, and what is not given is absent', () => {
  const options = textOptions(['seconds', 'ways']);
  expect(readOptions(['--seconds', '3'], options)).toEqual({ seconds: '3' });
  expect(() => readOptions(['--second', '3'], options)).toThrow(WrongUsage);
  expect(() => readOptions(['3'], options)).toThrow(WrongUsage);
});

test.each(['1', '20'])('%s is a whole number in the range', (text) => {
  expect(readWhole('n', text, RANGE)).toBe(Number(text));
});

test.each(['0', '21', '1.5', '-1', '1e1', '0x10', ' 1', ''])('%j is none', (text) => {
  expect(() => readWhole('n', text, RANGE)).toThrow(`--n takes a whole number from 1 to 20, not "${text}".`);
});

test('one name is not a list of them', () => {
  const known = ['a', 'b'] as const;
  expect(readName('way', 'b', known)).toBe('b');
  expect(() => readName('way', 'a,b', known)).toThrow('--way takes a or b, not "a,b".');
  expect(readNames('ways', 'b,a', known)).toEqual(['b', 'a']);
  expect(readNames('ways', undefined, known)).toEqual(known);
  expect(() => readNames('ways', 'a,c', known)).toThrow('--ways takes a, b, separated by commas, not "c".');
});
