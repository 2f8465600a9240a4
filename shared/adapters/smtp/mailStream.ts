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
 * The bytes of the mail as a stream. `mayEnd` is the point of no return: asked once, when only the last line break is
 * left; false ends the stream with `GivenUp`. `onPiece` is called for each piece that is asked for.
 */
export function makeMailStream(
  parts: readonly Uint8Array[],
  mayEnd: () => boolean,
  onPiece: () => void,
): Readable {
  const mail = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
  const pieces = cut(mail);
  return new Readable({
    // One byte: at most one piece is read ahead.
    highWaterMark: 1,
    read() {
      const piece = pieces.shift();
      if (piece !== undefined && pieces.length > 0) {
        onPiece();
        this.push(piece);
        return;
      }
      if (!mayEnd()) {
        this.destroy(new GivenUp());
        return;
      }
      if (piece !== undefined) this.push(piece);
      this.push(null);
    },
  });
}

function cut(parts: readonly Buffer[]): Buffer[] {
  const totalBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const headBytes = Math.max(totalBytes - HELD_BACK_BYTES, 0);
  const pieces: Buffer[] = [];
  const tail: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const head = part.subarray(0, Math.max(headBytes - at, 0));
    for (let from = 0; from < head.length; from += PIECE_BYTES)
      pieces.push(head.subarray(from, from + PIECE_BYTES));
    tail.push(part.subarray(head.length));
    at += part.length;
  }
  return [...pieces, Buffer.concat(tail)];
}
