import type { MailPieces } from './mailPieces.ts';

/** RFC 2045 section 6.7: 76 characters a line, the `=` of a soft line break is one of them. */
const LINE_CHARACTERS = 75;
const PIECE_BYTES = 64 * 1024;
/** What is written between two looks at the room in a piece: a line, a soft line break, and a byte as `=XX`. */
const STEP_BYTES = LINE_CHARACTERS + 6;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DOT = 0x2e;
const EQUALS = 0x3d;
const CAPITAL_F = 0x46;
const HEX_DIGITS = Buffer.from('0123456789ABCDEF', 'latin1');

/** What a byte is: one that stands for itself wherever it is, a blank, or another. */
const PLAIN = 1;
const BLANK = 2;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === SPACE || byte === TAB) return BLANK;
  return byte > SPACE && byte < 0x7f && byte !== EQUALS ? PLAIN : 0;
});

/**
 * Adds UTF-8 text as quoted-printable. Its line ends, in whatever form, become CRLF. A soft line break stands between
 * characters, never inside one. What somebody on the way might change is encoded: a blank at the end of a line, a dot at its
 * beginning, and `From ` there.
 */
export function writeQuotedPrintable(text: Buffer, pieces: MailPieces): void {
  const last = text.length - 1;
  // A byte takes three at most, and its share of the soft line breaks.
  const out = Buffer.allocUnsafe(Math.min(PIECE_BYTES, 4 * text.length + STEP_BYTES));
  let to = 0;
  let column = 0;
  let at = 0;
  while (at <= last) {
    if (to > out.length - STEP_BYTES) {
      pieces.add(out.toString('latin1', 0, to));
      to = 0;
    }
    // Most of a text. All of it would be right without this, and several times as slow.
    if (column > 0) {
      const end = Math.min(at + LINE_CHARACTERS - column, last);
      const from = at;
      for (; at < end; at += 1) {
        const byte = text[at]!;
        const kind = KINDS[byte];
        if (kind !== PLAIN && (kind !== BLANK || KINDS[text[at + 1]!] !== PLAIN)) break;
        out[to++] = byte;
      }
      column += at - from;
    }
    const byte = text[at]!;
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      at += byte === CARRIAGE_RETURN && text[at + 1] === LINE_FEED ? 2 : 1;
      out[to++] = CARRIAGE_RETURN;
      out[to++] = LINE_FEED;
      column = 0;
      continue;
    }
    if (column + charactersAt(text, at, byte, column) > LINE_CHARACTERS) {
      out[to++] = EQUALS;
      out[to++] = CARRIAGE_RETURN;
      out[to++] = LINE_FEED;
      column = 0;
    }
    if (isPlainAt(text, at, byte, column)) {
      out[to++] = byte;
      column += 1;
    } else {
      out[to++] = EQUALS;
      out[to++] = HEX_DIGITS[byte >> 4]!;
      out[to++] = HEX_DIGITS[byte & 15]!;
      column += 3;
    }
    at += 1;
  }
  pieces.add(out.toString('latin1', 0, to));
}

/** What must fit on the line so that this byte may begin here: of a character's first byte the whole character. */
function charactersAt(text: Buffer, at: number, byte: number, column: number): number {
  if (byte < 0x80) return isPlainAt(text, at, byte, column) ? 1 : 3;
  if (byte < 0xc0) return 3;
  if (byte < 0xe0) return 6;
  return byte < 0xf0 ? 9 : 12;
}

function isPlainAt(text: Buffer, at: number, byte: number, column: number): boolean {
  if (column === 0 && (byte === DOT || byte === CAPITAL_F)) return byte === CAPITAL_F && !isFrom(text, at);
  const kind = KINDS[byte];
  return kind === PLAIN || (kind === BLANK && !endsLine(text[at + 1]));
}

function isFrom(text: Buffer, at: number): boolean {
  return text.toString('latin1', at, at + 5) === 'From ';
}

function endsLine(next: number | undefined): boolean {
  return next === undefined || next === LINE_FEED || next === CARRIAGE_RETURN;
}
