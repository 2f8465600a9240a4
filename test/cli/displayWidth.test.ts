import { describe, expect, it } from 'vitest';
import { cutToWidth, displayWidth, padToWidth, wrapToWidth } from '../../cli/displayWidth.ts';
import { barOf } from '../../cli/progress.ts';

describe('the columns of a terminal that a text takes', () => {
  it.each([
    ['plain', 5],
    ['Grüße', 5],
    ['e\u0301', 1],
    ['給与明細', 8],
    ['한글', 4],
    ['📧 mail', 7],
    ['👩‍👩‍👧', 2],
    ['❤\ufe0f', 2],
    ['', 0],
  ])('%s: %i', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  it('cuts between characters that belong together, and says that it did', () => {
    expect(cutToWidth('payslip', 7)).toBe('payslip');
    expect(cutToWidth('payslips', 7)).toBe('paysli…');
    expect(cutToWidth('給与明細', 5)).toBe('給与…');
    expect(displayWidth(cutToWidth('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 4))).toBeLessThanOrEqual(4);
  });

  it('pads on either side', () => {
    expect([padToWidth('給', 4), padToWidth('7', 3, 'right'), padToWidth('long', 2)]).toEqual([
      '給  ',
      '  7',
      'long',
    ]);
  });

  it('wraps at blanks, and leaves a word that is too long whole: an address is copied', () => {
    expect(wrapToWidth('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapToWidth('averylongaddress@contoso.com x', 10)).toEqual(['averylongaddress@contoso.com', 'x']);
  });
});

describe('a bar', () => {
  it.each([0, 0.001, 0.25, 0.333, 0.5, 0.999, 1, 7, -1])('is as wide as it should be at %d', (share) => {
    for (const hasBlocks of [true, false]) expect(displayWidth(barOf(share, 13, hasBlocks))).toBe(13);
  });

  it('grows with its share', () => {
    expect([0, 0.5, 1].map((share) => barOf(share, 4, false))).toEqual(['....', '##..', '####']);
    expect([0, 0.5, 1].map((share) => barOf(share, 4, true))).toEqual(['░░░░', '██░░', '████']);
  });
});
