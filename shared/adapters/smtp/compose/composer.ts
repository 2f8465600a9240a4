/**
 * The MIME message (RFC 5322, 2045 to 2047, 2231), made of a `MailContent` and nothing else: no file is read, no URL
 * followed, and no object of a producer's is looked at for more than its fields.
 *
 * Everything comes out in 7 bits with CRLF line ends and no line above 998 octets: HVE need not offer 8BITMIME. Text goes
 * as it is where that allows it, so most mails are one scan and one copy. No text, whatever it holds, ends a header field
 * or a part: headers are written from checked or encoded words only, and nobody can foresee a boundary.
 */
import type { Chance, ComposedMail, Composer, MailContent } from '../../../ports.ts';
import { IDENTITY_MAX_BYTES } from '../renderIdentity.ts';
import { bodyOf } from './body.ts';
import { makeFromField, renderHead } from './head.ts';
import { MailPieces } from './mailPieces.ts';

export function makeComposer(chance: Pick<Chance, 'bytes'>): Composer {
  const fromField = makeFromField();

  function compose(content: MailContent): ComposedMail {
    const pieces = new MailPieces();
    const body = bodyOf(content, chance);
    pieces.add(`${renderHead(content, fromField)}MIME-Version: 1.0\r\n${body.head}\r\n`);
    body.write(pieces);
    return pieces.end();
  }

  return {
    compose: async (content) => compose(content),
    // RFC 1870: the dots that SMTP doubles and the one that ends the data do not count. The identity belongs to the
    // transaction, so its longest form is counted: at most some 300 bytes more than the server will count.
    sizeOnTheWire: (mail) => mail.sizeBytes + IDENTITY_MAX_BYTES,
  };
}
