/** The parameters of MIME header fields (RFC 2045 section 5.1, RFC 2231). */
import { encodeWords, looksEncoded } from './encodedWords.ts';
import { renderField } from './field.ts';

/** `name=value`, in several words where a line may end inside. */
export type Parameter = readonly string[];

/** Of a token what every reader takes for one. */
const TOKEN = /^[A-Za-z0-9._-]+$/;
/** A long value that is plain goes as one, which every reader understands, as long as a line can hold it. */
const MAX_PLAIN_CHARACTERS = 500;
/** What a word may take so that it goes on a line, with the blank before it and the `;` after it. */
const WORD_CHARACTERS = 74;
/** However long the name of the parameter is. */
const MIN_ROOM = 24;

/** A field with a value and parameters, separated by semicolons. */
export function renderParametersField(name: string, value: string, parameters: readonly Parameter[]): string {
  const words = [[value], ...parameters].flatMap((parameter, index) =>
    parameter.map((word, at) => {
      const isEnd = at === parameter.length - 1 && index < parameters.length;
      return ` ${word}${isEnd ? ';' : ''}`;
    }),
  );
  return renderField(name, words);
}

/** One parameter, or several where the value must be encoded and is long. */
export function parametersOf(name: string, value: string): Parameter[] {
  if (TOKEN.test(value)) return [[`${name}=${value}`]];
  return isPlain(value) ? [[`${name}="${value}"`]] : encodedParameters(name, value);
}

/**
 * The same against the rules (RFC 2047 section 5): encoded words in a quoted string. Outlook and many others read the
 * `name` of a Content-Type so, and some of them know no RFC 2231.
 */
export function parameterForOldReaders(name: string, value: string): Parameter {
  if (isPlain(value)) return [TOKEN.test(value) ? `${name}=${value}` : `${name}="${value}"`];
  const room = WORD_CHARACTERS - `${name}=""`.length;
  return `${name}="${encodeWords(value, room, room).join(' ')}"`.split(' ');
}

/** Neither what must be encoded, nor what readers are known to stumble over in quotes. */
function isPlain(value: string): boolean {
  return value.length <= MAX_PLAIN_CHARACTERS && /^[ !#-[\]-~]*$/.test(value) && !looksEncoded(value);
}

/** RFC 2231 sections 3 and 4: percent-encoded UTF-8, in numbered sections where it is long; no character is in two. */
function encodedParameters(name: string, value: string): Parameter[] {
  const characters = Array.from(value, percentEncode);
  const whole = `${name}*=utf-8''${characters.join('')}`;
  if (whole.length <= WORD_CHARACTERS) return [[whole]];
  const room = Math.max(WORD_CHARACTERS - `${name}*10*=`.length, MIN_ROOM);
  const sections = [`utf-8''`];
  for (const character of characters) {
    const last = sections.at(-1)!;
    if (last.length + character.length > room) sections.push(character);
    else sections[sections.length - 1] = last + character;
  }
  return sections.map((section, index) => [`${name}*${index}*=${section}`]);
}

function percentEncode(character: string): string {
  if (/[A-Za-z0-9._~-]/.test(character)) return character;
  return Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '%$&');
}
