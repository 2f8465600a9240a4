import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';

/** RFC 5322 section 2.1.1: 998 octets a line; a header's line is folded at white space only and begins with some. */
const MAX_WORD_CHARACTERS = 997;
/** RFC 2047: an encoded word has at most 75 characters; nodemailer's own length. */
const ENCODED_WORD_CHARACTERS = 52;
const FOLD_AT_CHARACTERS = 76;

/** Lists of message ids, whose angle brackets nodemailer sees to. */
const MESSAGE_IDS = new Set(['in-reply-to', 'references']);

/**
 * A header field with its CRLF, under the name as it was written. Printable ASCII goes as it is: nodemailer would write
 * `X-CRM-ID` as `X-Crm-ID`, and encode quotes, which no reader of a JSON value or a `List-Unsubscribe` expects. Anything
 * else goes as encoded words (RFC 2047), so that no line break gets through.
 */
export function renderHeader(name: string, value: string): string {
  // Printable ASCII without blanks and colons is all that a field's name can be.
  const safeName = name.replace(/[^!-9;-~]/g, '');
  return `${foldLines(`${safeName}: ${headerValue(safeName, value)}`, FOLD_AT_CHARACTERS)}\r\n`;
}

function headerValue(name: string, value: string): string {
  if (MESSAGE_IDS.has(name.toLowerCase())) return MimeNode.encodeHeaderValue(name, value);
  const short = encodeLongWords(value);
  return /^[\x20-\x7E]*$/.test(short) ? short : MimeNode.encodeHeaderValue('Subject', short);
}

/** A value with a word that no line could hold, as encoded words, which can be folded. */
export function encodeLongWords(value: string): string {
  const tooLong = value.split(/\s+/).some((word) => word.length > MAX_WORD_CHARACTERS);
  return tooLong ? encodeWord(value, 'Q', ENCODED_WORD_CHARACTERS) : value;
}
