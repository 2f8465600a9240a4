import { MAX_LINE_OCTETS } from './sevenBits.ts';

/** RFC 5322 section 2.1.1 asks for 78 octets a line, RFC 2047 section 2 for 76 where encoded words are in it. */
const LINE_CHARACTERS = 76;

/**
 * A header field with its CRLF, folded between words (RFC 5322 section 2.2.3). Each word begins with the blanks that stand
 * before it, so that nothing is lost or added when it is unfolded, and holds something else besides: no line is blank. A
 * word is never cut; none may be longer than `MAX_WORD_CHARACTERS`.
 */
export function renderField(name: string, words: readonly string[]): string {
  let field = `${name}:`;
  let column = field.length;
  words.forEach((word, index) => {
    const isFull = column + word.length > LINE_CHARACTERS;
    // A first word that is too long for any line stays beside the name, where readers look for it.
    const isBetterBelow =
      index > 0 || word.length <= LINE_CHARACTERS || column + word.length > MAX_LINE_OCTETS;
    if (isFull && isBetterBelow) {
      field += '\r\n';
      column = 0;
    }
    field += word;
    column += word.length;
  });
  return `${field}\r\n`;
}

/** With the blanks before it. */
export const MAX_WORD_CHARACTERS = MAX_LINE_OCTETS;

/** Words as `renderField` takes them, of text that neither begins nor ends with a blank. */
export function wordsOf(text: string): string[] {
  return ` ${text}`.match(/ +[^ ]+/g) ?? [];
}
