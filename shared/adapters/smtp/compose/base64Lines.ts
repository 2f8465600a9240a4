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

const BREAK_BYTES = 2;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/**
 * Adds the content as base64 in lines. What is base64 already is never decoded, only cut into lines. More than a piece is
 * encoded piece by piece, each time that the mail is gone through: a large mail holds its files as they came, not as they
 * go out.
 */
export function writeBase64(content: LoadedAttachment['content'], pieces: MailPieces): void {
  const { characters, encodedFrom } =
    content.kind === 'inline' ? ofBase64(content.base64) : ofBytes(content.bytes);
  const lines = Math.ceil(characters / LINE_CHARACTERS);
  function* encode(): Generator<Uint8Array, void> {
    for (let line = 0; line < lines; line += PIECE_LINES) {
      yield inLines(encodedFrom(line, line + PIECE_LINES), line + PIECE_LINES >= lines);
    }
  }
  const sizeBytes = lines === 0 ? 0 : characters + BREAK_BYTES * (lines - 1);
  pieces.addPieces(lines > PIECE_LINES ? { [Symbol.iterator]: encode } : [...encode()], sizeBytes);
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

/** Lines with their CRLF; the last line of all has none. */
function inLines(base64: string, isLast: boolean): Uint8Array {
  const breaksBytes = BREAK_BYTES * Math.ceil(base64.length / LINE_CHARACTERS);
  const bytes = Buffer.allocUnsafe(base64.length + breaksBytes);
  // The characters stand at the end of the bytes, and each line moves to its place: it never overtakes the next.
  bytes.write(base64, breaksBytes, 'latin1');
  let to = 0;
  for (let at = breaksBytes; at < bytes.length; at += LINE_CHARACTERS) {
    const end = Math.min(at + LINE_CHARACTERS, bytes.length);
    bytes.copyWithin(to, at, end);
    to += end - at;
    bytes[to] = CARRIAGE_RETURN;
    bytes[to + 1] = LINE_FEED;
    to += BREAK_BYTES;
  }
  return isLast ? bytes.subarray(0, -BREAK_BYTES) : bytes;
}
