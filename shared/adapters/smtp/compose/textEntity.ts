import { writeBase64 } from './base64Lines.ts';
import type { Entity } from './entity.ts';
import { writeQuotedPrintable } from './quotedPrintable.ts';
import { fitsSevenBits, withCrlf } from './sevenBits.ts';

/**
 * Quoted-printable writes a byte beyond ASCII as three, base64 each as 4/3. Up to this share of them it takes at most a
 * quarter more, and the rest can be read as it is by whoever looks into a mail.
 */
const MAX_QUOTED_SHARE = 1 / 3;

/** A text in UTF-8, in the encoding that leaves most of it as it is: none, quoted-printable, base64. */
export function textEntity(subtype: 'plain' | 'html', text: string): Entity {
  const type = `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: `;
  if (fitsSevenBits(text)) {
    return { head: `${type}7bit\r\n`, write: (pieces) => pieces.add(withCrlf(text)) };
  }
  if (isMostlyAscii(text)) {
    return {
      head: `${type}quoted-printable\r\n`,
      write: (pieces) => writeQuotedPrintable(Buffer.from(text), pieces),
    };
  }
  return {
    head: `${type}base64\r\n`,
    // The line ends of text are CRLF before it is encoded (RFC 2045 section 6.8).
    write: (pieces) => writeBase64({ kind: 'bytes', bytes: Buffer.from(withCrlf(text)) }, pieces),
  };
}

/** By its length alone: a character beyond ASCII adds one byte or two to those that JavaScript counts, and is two or three. */
function isMostlyAscii(text: string): boolean {
  const sizeBytes = Buffer.byteLength(text);
  return 2 * (sizeBytes - text.length) <= sizeBytes * MAX_QUOTED_SHARE;
}
