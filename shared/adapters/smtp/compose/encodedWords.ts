/** RFC 2047 section 2: at most 75 characters, the frame included. */
const WORD_CHARACTERS = 75;
const FRAME_CHARACTERS = '=?UTF-8?Q??='.length;
/** Up to this much longer than B, Q is taken. */
const MAX_Q_TO_B = 1.75;

/** How the characters of a word are written (RFC 2047 section 4). */
interface Encoding {
  readonly letter: 'Q' | 'B';
  /** What a character takes, in units of the encoding's own. */
  readonly sizeOf: (character: string) => number;
  /** How much of that goes into so many characters of a word. */
  readonly capacity: (characters: number) => number;
  readonly render: (text: string) => string;
}

/** In it everything stands for itself that may in every place of an encoded word (RFC 2047 section 5, rule 3). */
const Q: Encoding = {
  letter: 'Q',
  sizeOf: (character) => (/[A-Za-z0-9!*+/ -]/.test(character) ? 1 : 3 * Buffer.byteLength(character)),
  capacity: (characters) => characters,
  render: (text) =>
    bytesOf(text).replaceAll(/[^A-Za-z0-9!*+/-]/g, (byte) => (byte === ' ' ? '_' : `=${hexOf(byte)}`)),
};

const B: Encoding = {
  letter: 'B',
  sizeOf: (character) => Buffer.byteLength(character),
  capacity: (characters) => Math.floor(characters / 4) * 3,
  render: (text) => Buffer.from(text).toString('base64'),
};

/** Whether readers could take a part of it for an encoded word, which it is not meant to be. */
export function looksEncoded(text: string): boolean {
  return text.includes('=?');
}

/**
 * The text, which is not empty, as encoded words in UTF-8; readers leave out the blanks between them. No character is in
 * two words, half a surrogate pair becomes U+FFFD. `roomForFirst` and `roomForRest`: the characters that a word may take.
 */
export function encodeWords(
  text: string,
  roomForFirst: number = WORD_CHARACTERS,
  roomForRest: number = WORD_CHARACTERS,
): string[] {
  const { letter, sizeOf, capacity, render } = chooseEncoding(text);
  const words: string[] = [];
  let from = 0;
  let at = 0;
  let free = capacity(roomForFirst - FRAME_CHARACTERS);
  const end = (): void => {
    words.push(`=?UTF-8?${letter}?${render(text.slice(from, at))}?=`);
  };
  for (const character of text) {
    const size = sizeOf(character);
    if (size > free && at > from) {
      end();
      from = at;
      free = capacity(roomForRest - FRAME_CHARACTERS);
    }
    at += character.length;
    free -= size;
  }
  end();
  return words;
}

/** Q can be read by whoever looks into a mail, B is shorter where there is nothing to read. */
function chooseEncoding(text: string): Encoding {
  const bytes = bytesOf(text);
  const encoded = bytes.replaceAll(/[A-Za-z0-9!*+/ -]/g, '').length;
  const lengthAsQ = bytes.length + 2 * encoded;
  const lengthAsB = (bytes.length / 3) * 4;
  return lengthAsQ <= lengthAsB * MAX_Q_TO_B ? Q : B;
}

/** A character for each byte of its UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function hexOf(byte: string): string {
  return byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
