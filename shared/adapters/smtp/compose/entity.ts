import type { MailPieces } from './mailPieces.ts';

/** A part of a mail, or its whole body (RFC 2045). */
export interface Entity {
  /** Its header fields, each with its CRLF. */
  readonly head: string;
  /** Adds its body. The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1), not to the body. */
  readonly write: (pieces: MailPieces) => void;
}

/** `subtype` with parameters of its own, perhaps; `boundary` is in none of the parts. */
export function multipart(subtype: string, boundary: string, parts: readonly Entity[]): Entity {
  return {
    head: `Content-Type: multipart/${subtype};\r\n boundary="${boundary}"\r\n`,
    write(pieces) {
      parts.forEach(({ head, write }, index) => {
        pieces.add(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n${head}\r\n`);
        write(pieces);
      });
      pieces.add(`\r\n--${boundary}--`);
    },
  };
}
