import { Readable } from 'node:stream';
import type { ComposedMail } from '../../ports.ts';
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
 * The mail behind its identity, as a stream. `mayEnd` is the point of no return: asked once, when only the last line break
 * is left; false ends the stream with `GivenUp`. `onPiece` is called for each piece that is asked for.
 */
export function makeMailStream(
  identity: Uint8Array,
  mail: ComposedMail,
  mayEnd: () => boolean,
  onPiece: () => void,
): Readable {
  const held: Uint8Array[] = [];
  const cut = cutMail(holdBack(identity, mail, held), PIECE_BYTES);
  return new Readable({
    // One byte: at most one piece is read ahead.
    highWaterMark: 1,
    read() {
      const { value: piece } = cut.next();
      if (piece !== undefined) {
        onPiece();
        this.push(piece.bytes);
      } else if (mayEnd()) {
        this.push(Buffer.concat(held));
        this.push(null);
      } else {
        this.destroy(new GivenUp());
      }
    },
  });
}

/** The identity and the mail; but their last bytes go into `held`. */
function* holdBack(
  identity: Uint8Array,
  mail: ComposedMail,
  held: Uint8Array[],
): Generator<Uint8Array, void> {
  let leftBytes = identity.length + mail.sizeBytes - HELD_BACK_BYTES;
  const cut = (part: Uint8Array): Uint8Array => {
    const begin = part.subarray(0, Math.max(leftBytes, 0));
    leftBytes -= begin.length;
    if (begin.length < part.length) held.push(part.subarray(begin.length));
    return begin;
  };
  yield cut(identity);
  for (const piece of mail.pieces) yield cut(piece);
  // A mail that is shorter than it says would have gone whole by now.
  if (leftBytes > 0) throw new Error(`the mail has ${leftBytes} bytes fewer than its size says`);
}
