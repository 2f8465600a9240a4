import type { LoadedAttachment } from '../../../ports.ts';
import type { MailPieces } from './mailPieces.ts';

/** RFC 2045 section 6.8. */
const LINE_CHARACTERS = 76;
const LINE_BYTES = 57;
/**
 * 262,080 bytes with their CRLF: just below 256 KiB, the size of a chunk of BDAT, which is four pieces of DATA. So neither
 * has to join what is cut here.
 */
const PIECE_LINES = 3360;

/**
 * What is base64 as text at a time: below 128 KiB, above which V8 takes a text for a large object and lets its heap grow by
 * it.
 */
const TEXT_LINES = 1120;

const BREAK_BYTES = 2;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/**
 * Adds the content as base64 in lines. What is base64 already is never decoded, only cut into lines. More than a piece is
 * encoded piece by piece, each time that the mail is gone through: a large mail holds its files as they came, not as they
 * go out.
 */
export function writeBase64(content: LoadedAttachment['content'], pieces: MailPieces): void {
  const source = content.kind === 'inline' ? ofBase64(content.base64) : ofBytes(content.bytes);
  const { characters } = source;
  const lines = Math.ceil(characters / LINE_CHARACTERS);
  const sizeBytes = lines === 0 ? 0 : characters + BREAK_BYTES * (lines - 1);
  const encoded = { [Symbol.iterator]: () => encode(source, lines) };
  pieces.addPieces(lines > PIECE_LINES ? encoded : [...encoded], sizeBytes);
}

/** For each content the same function (see `eachOf`). */
function* encode({ characters, encodedFrom }: Source, lines: number): Generator<Uint8Array, void> {
  for (let line = 0; line < lines; line += PIECE_LINES) {
    const endLine = Math.min(line + PIECE_LINES, lines);
    const pieceCharacters = Math.min(characters - line * LINE_CHARACTERS, PIECE_LINES * LINE_CHARACTERS);
    const piece = Buffer.allocUnsafe(pieceCharacters + BREAK_BYTES * (endLine - line));
    let to = 0;
    for (let at = line; at < endLine; at += TEXT_LINES) {
      to = writeLines(encodedFrom(at, Math.min(at + TEXT_LINES, endLine)), piece, to);
    }
    // The last line of all has no break.
    yield endLine === lines ? piece.subarray(0, -BREAK_BYTES) : piece;
  }
}

interface Source {
  /** Of all of it as base64. */
  readonly characters: number;
  /** The base64 of some lines; beyond the end there is nothing. */
  readonly encodedFrom: (line: number, endLine: number) => string;
}

function ofBase64(base64: string): Source {
  return {
    characters: base64.length,
    encodedFrom: (line, endLine) => base64.slice(line * LINE_CHARACTERS, endLine * LINE_CHARACTERS),
  };
}

function ofBytes({ buffer, byteOffset, byteLength }: Uint8Array): Source {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return {
    characters: Math.ceil(byteLength / 3) * 4,
    encodedFrom: (line, endLine) => bytes.toString('base64', line * LINE_BYTES, endLine * LINE_BYTES),
  };
}

/** Writes it into `bytes` from `start` on, as lines with their CRLF. Where they end. */
function writeLines(base64: string, bytes: Buffer, start: number): number {
  const end = start + base64.length + BREAK_BYTES * Math.ceil(base64.length / LINE_CHARACTERS);
  // The characters stand at the end of their place, and each line moves to its own: it never overtakes the next.
  const from = end - base64.length;
  bytes.write(base64, from, 'latin1');
  let to = start;
  for (let at = from; at < end; at += LINE_CHARACTERS) {
    const lineEnd = Math.min(at + LINE_CHARACTERS, end);
    bytes.copyWithin(to, at, lineEnd);
    to += lineEnd - at;
    bytes[to] = CARRIAGE_RETURN;
    bytes[to + 1] = LINE_FEED;
    to += BREAK_BYTES;
  }
  return end;
}
