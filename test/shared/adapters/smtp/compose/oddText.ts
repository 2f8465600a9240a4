import fc from 'fast-check';
import { headerTextFlaw } from '../../../../../shared/core/headerText.ts';

/** Pieces of text that mail programs and composers have stumbled over. */
const ODD = [
  '=?UTF-8?Q?x?=',
  '=?UTF-8?Q?x y?=',
  '=?',
  '?=',
  '"',
  ';',
  ',',
  '<a@b>',
  '(comment)',
  ':',
  '@',
  '  ',
  '_',
  '=41',
  '%41',
  "utf-8''x",
  '*0*=',
  'r*',
  'مرحبا بالعالم',
  '\u202Eevil',
  'こんにちは世界',
  'Grüße',
  'e\u0301\u0323',
  '👩‍👩‍👧‍👦',
  '𝒳',
  '\u00A0',
  '\u3000',
  '\u200B',
  '\uFEFF',
  'word '.repeat(20),
  'x'.repeat(90),
  'ü'.repeat(60),
];

export const oddText = (more: readonly string[], maxPieces: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }) },
        { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
        { weight: 3, arbitrary: fc.constantFrom(...ODD, ...more) },
      ),
      { maxLength: maxPieces },
    )
    .map((pieces) => pieces.join(''));

/** One line without control characters that is not blank. */
export const headerText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      { weight: 1, arbitrary: fc.constantFrom('Plain words', 'word') },
      { weight: 4, arbitrary: oddText(['\\', '/'], 8) },
    )
    .map((line) => line.slice(0, maxLength).toWellFormed())
    .filter((line) => line.trim() !== '' && headerTextFlaw(line) === null);
