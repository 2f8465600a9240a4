import { encodeWords, looksEncoded } from './encodedWords.ts';
import { MAX_WORD_CHARACTERS, renderField, wordsOf } from './field.ts';

const LINE_CHARACTERS = 76;
/** A first word with less room than this stands on a line of its own. */
const MIN_ROOM = 24;

/** A field of free text, read as it was written, also where it looks like encoded words. Blank text is no field. */
export function renderTextField(name: string, text: string): string {
  return looksEncoded(text) ? renderEncoded(name, text) : renderRawField(name, text);
}

/**
 * The same for what may hold encoded words, or a grammar of its own: printable ASCII goes as it is, but for blanks around
 * it, which no reader would see.
 */
export function renderRawField(name: string, text: string): string {
  if (!/^[ -~]*$/.test(text)) return renderEncoded(name, text);
  const value = trim(text);
  if (value === '') return '';
  if (name.length + 2 + value.length <= LINE_CHARACTERS) return `${name}: ${value}\r\n`;
  const words = wordsOf(value);
  return words.every(({ length }) => length <= MAX_WORD_CHARACTERS)
    ? renderField(name, words)
    : renderEncoded(name, value);
}

function renderEncoded(name: string, text: string): string {
  const beside = LINE_CHARACTERS - name.length - 2;
  const words = encodeWords(text, beside < MIN_ROOM ? undefined : beside);
  return renderField(
    name,
    words.map((word) => ` ${word}`),
  );
}

function trim(text: string): string {
  return text.startsWith(' ') || text.endsWith(' ') ? text.replaceAll(/^ +| +$/g, '') : text;
}
