import { Readable } from 'node:stream';
import { cutMail } from './cutMail.ts';

/**
 * What is handed to the socket at once. Small, so that the point of no return comes when the rest of the mail has left
 * but for this and what the sockets buffer; large enough that a mail of 10 MB is some 150 pieces.
 */
const PIECE_BYTES = 64 * 1024;

/**
 * The last line break of the mail is held back until the point of no return. nodemailer ends the data (`<CRLF>.<CRLF>`)
 * only after the stream's end; so until then the server has neither the end of the data nor the line break that must
 * stand before its dot, and cannot take the message whatever becomes of the connection.
 */
const HELD_BACK_BYTES = 2;

/** The stream ended itself: nothing of the mail can have reached anybody. */
export class GivenUp extends Error {
  constructor() {
    super('given up before the last byte');
    this.name = 'GivenUp';
  }
}

/**
 * The parts one after another, as a stream. `mayEnd` is the point of no return: asked once, when only the last line break
 * is left; false ends the stream with `GivenUp`. `onPiece` is called for each piece that is asked for.
 */
export function makeMailStream(
  parts: readonly Uint8Array[],
  mayEnd: () => boolean,
  onPiece: () => void,
): Readable {
  const { begin, end } = holdBack(parts, HELD_BACK_BYTES);
  const cut = cutMail(begin, PIECE_BYTES);
  return new Readable({
    // One byte: at most one piece is read ahead.
    highWaterMark: 1,
    read() {
      const { value: piece } = cut.next();
      if (piece !== undefined) {
        onPiece();
        this.push(piece.bytes);
      } else if (mayEnd()) {
        this.push(end);
        this.push(null);
      } else {
        this.destroy(new GivenUp());
      }
    },
  });
}

/** The parts without their last `endBytes`, and those. */
function holdBack(
  parts: readonly Uint8Array[],
  endBytes: number,
): { readonly begin: readonly Uint8Array[]; readonly end: Buffer } {
  const begin = [...parts];
  let end: Buffer = Buffer.alloc(0);
  while (end.length < endBytes) {
    const part = begin.pop();
    if (part === undefined) break;
    const from = Math.max(part.length - (endBytes - end.length), 0);
    end = Buffer.concat([part.subarray(from), end]);
    if (from > 0) begin.push(part.subarray(0, from));
  }
  return { begin, end };
}
