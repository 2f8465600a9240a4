/**
 * A composer made by nodemailer: what ours is held against, in tests and in `npm run bench -- compose`. It was the app's
 * own before. Each of its options is named here with a value of a type of ours, and its own ways to read files and URLs are off.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Mailbox } from '../../../../../shared/core/message.ts';
import type { Composer, ComposedMail, LoadedAttachment, MailContent } from '../../../../../shared/ports.ts';
import { encodeLongWords, renderHeader } from './nodemailerHeaderFields.ts';
import { IDENTITY_MAX_BYTES } from '../../../../../shared/adapters/smtp/renderIdentity.ts';

type Options = ConstructorParameters<typeof MailComposer>[0];
type AttachmentOptions = NonNullable<NonNullable<Options>['attachments']>[number];

export function makeNodemailerComposer(): Composer {
  return {
    compose: async (content) => render(content),
    // RFC 1870: the dots that SMTP doubles and the one that ends the data do not count. The identity belongs to the
    // transaction, so its longest form is counted: at most some 300 bytes more than the server will count.
    sizeOnTheWire: (mail: ComposedMail) => mail.sizeBytes + IDENTITY_MAX_BYTES,
  };
}

async function render(content: MailContent): Promise<ComposedMail> {
  const { message, account, displayName, attachments, showRecipients } = content;
  const { subject, text, html } = message;
  const shown = showRecipients && message.to.length + message.cc.length > 0;
  const fromName = message.from.displayName ?? displayName;
  const node = new MailComposer({
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
    from: toAddress({ address: account, displayName: fromName }),
    ...(shown && message.to.length > 0 ? { to: message.to.map(toAddress) } : {}),
    ...(shown && message.cc.length > 0 ? { cc: message.cc.map(toAddress) } : {}),
    ...(message.replyTo.length > 0 ? { replyTo: message.replyTo.map(toAddress) } : {}),
    subject: encodeLongWords(subject),
    text: textPart(text, html),
    ...(html === null || html === '' ? {} : { html: withCrlf(html) }),
    attachments: attachments.map(toAttachment),
  }).compile();
  // They belong to the transaction. nodemailer adds both where they are missing, and leaves out those that are empty.
  node.setHeader('Message-ID', { value: '' });
  node.setHeader('Date', ' ');
  const pieces = [Buffer.from(ownLines(content, shown), 'latin1'), await node.build()];
  return { pieces, sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0) };
}

/** The header fields that nodemailer would not write as they should be, before its own. */
function ownLines({ message, originalTo }: MailContent, recipientsShown: boolean): string {
  const { importance, sensitivity } = message;
  const own = new Map<string, string>();
  // nodemailer would quote the group's name.
  if (!recipientsShown) own.set('To', 'undisclosed-recipients:;');
  if (importance !== 'normal') own.set('Importance', importance);
  if (importance !== 'normal') own.set('X-Priority', X_PRIORITIES[importance]);
  if (sensitivity !== 'normal') own.set('Sensitivity', SENSITIVITIES[sensitivity]);
  if (originalTo !== null && originalTo.length > 0) own.set('X-Original-To', originalTo.join(', '));
  const ours = new Set([...own.keys()].map((name) => name.toLowerCase()));
  const theirs = message.headers.filter(({ name }) => !ours.has(name.toLowerCase()));
  return [...own, ...theirs.map(({ name, value }) => [name, value] as const)]
    .map(([name, value]) => renderHeader(name, value))
    .join('');
}

/** For Outlook; 3 is normal. */
const X_PRIORITIES = { low: '5', high: '1' };

/** RFC 2156 section 5.1, as Outlook writes them. */
const SENSITIVITIES = { personal: 'Personal', private: 'Private', confidential: 'Company-Confidential' };

function toAddress({ address, displayName }: Mailbox): { name: string; address: string } {
  return { name: displayName ?? '', address };
}

/** Never nothing: nodemailer would make a sole attachment the whole message. */
function textPart(text: string | null, html: string | null): string {
  if (text !== null && text !== '') return withCrlf(text);
  return html === null || html === '' ? '\r\n' : '';
}

/** The line ends of text are CRLF before it is encoded (RFC 2045 section 6.8); a lone CR would become one on the way. */
function withCrlf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

function toAttachment({
  name,
  contentType,
  contentId,
  disposition,
  content: loaded,
}: LoadedAttachment): AttachmentOptions {
  const content = bytesOf(loaded);
  const isComposite = /^\s*(message|multipart)\//i.test(contentType);
  const isMessage = /^\s*message\/rfc822\b/i.test(contentType) && fitsSevenBits(content);
  return {
    filename: name,
    contentType: isComposite && !isMessage ? 'application/octet-stream' : contentType,
    contentDisposition: disposition,
    contentTransferEncoding: isMessage ? '7bit' : 'base64',
    content,
    ...(contentId === null ? {} : { cid: contentId }),
  };
}

function bytesOf(content: LoadedAttachment['content']): Buffer {
  if (content.kind === 'inline') return Buffer.from(content.base64, 'base64');
  const { buffer, byteOffset, byteLength } = content.bytes;
  return Buffer.from(buffer, byteOffset, byteLength);
}

/**
 * Whether a message may be attached as one. It must not be encoded (RFC 2046 section 5.2.1); one that does not pass as it
 * is goes as a plain file, byte for byte, which mail programs open by its name.
 */
function fitsSevenBits(content: Buffer): boolean {
  const text = content.toString('latin1');
  // oxlint-disable-next-line no-control-regex -- NUL and a lone CR are what it looks for
  return !/[\0\u0080-\u00FF]|\r(?!\n)|[^\r\n]{999}/.test(text);
}
