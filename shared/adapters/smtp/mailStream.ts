import { Readable } from 'node:stream';

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
 * The bytes of the mail, `head` before `body`, as a stream. `mayEnd` is the point of no return: asked once, when only the
 * last line break is left; false ends the stream with `GivenUp`. `onPiece` is called for each piece that is asked for.
 */
export function makeMailStream(
  head: Buffer,
  body: Uint8Array,
  mayEnd: () => boolean,
  onPiece: () => void,
): Readable {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const endBytes = Math.max(bytes.length - HELD_BACK_BYTES, 0);
  /** How much of the body was handed over; null: not even the head was. */
  let at: number | null = null;
  return new Readable({
    // One byte: at most one piece is read ahead.
    highWaterMark: 1,
    read() {
      if (at === null || at < endBytes) {
        onPiece();
        const from = at ?? 0;
        const piece = bytes.subarray(from, Math.min(from + PIECE_BYTES, endBytes));
        const isFirst = at === null;
        at = from + piece.length;
        this.push(isFirst ? Buffer.concat([head, piece]) : piece);
      } else if (mayEnd()) {
        if (at < bytes.length) this.push(bytes.subarray(at));
        this.push(null);
      } else {
        this.destroy(new GivenUp());
      }
    },
  });
}
