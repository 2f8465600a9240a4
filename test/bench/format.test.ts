import { expect, test } from 'vitest';
import { formatFigures, formatTable, roundFigure } from '../../bench/format.ts';

test('a table has its figures to the right, under their heads', () => {
  const lines = formatTable(
    ['way', 'per second'],
    [
      ['plain', 7],
      ['with leases', 12_000],
    ],
  );
  expect(lines).toEqual([
    'way          per second',
    '-----------  ----------',
    'plain                 7',
    'with leases       12000',
  ]);
});

test('figures are pairs on one line', () => {
  expect(formatFigures({ used: 20_000, proof: 'PASS' })).toBe('used=20000 proof=PASS');
});

test('a figure has three digits', () => {
  expect([114_321, 39.27, 0.000_448_2, 0, Number.NaN].map((n) => roundFigure(n))).toEqual([
    114_000, 39.3, 0.000_448, 0, 0,
  ]);
});
