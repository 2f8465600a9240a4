import { simpleParser, type Attachment, type ParsedMail } from 'mailparser';

/** The `content` of `GET /messages/{id}`, beside what the list says of the mail. Everything in it is the sender's text, to be shown as text. */
export interface MailView {
  /** As they stand in the mail, unfolded and decoded, in its order. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly replyTo: string;
  readonly text: string | null;
  readonly hasHtml: boolean;
  readonly attachments: readonly {
    readonly name: string;
    readonly contentType: string;
    readonly sizeBytes: number;
    readonly inline: boolean;
  }[];
}

export async function viewMail(raw: Buffer): Promise<MailView> {
  const mail = await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true });
  return {
    headers: mail.headerLines.map(({ line }) => splitHeader(line)),
    from: addressText(mail.from),
    to: addressText(mail.to),
    cc: addressText(mail.cc),
    replyTo: addressText(mail.replyTo),
    text: mail.text ?? null,
    hasHtml: typeof mail.html === 'string',
    attachments: mail.attachments.map((attachment, index) => ({
      name: attachmentName(attachment, index),
      contentType: attachment.contentType,
      sizeBytes: attachment.size,
      inline: attachment.related === true,
    })),
  };
}

/** The HTML part with its inline images in it; null if the mail has none. */
export async function readMailHtml(raw: Buffer): Promise<string | null> {
  const mail = await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true });
  return typeof mail.html === 'string' ? mail.html : null;
}

export async function readAttachment(
  raw: Buffer,
  index: number,
): Promise<{ name: string; content: Buffer } | null> {
  const mail = await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true });
  const attachment = mail.attachments[index];
  return attachment === undefined
    ? null
    : { name: attachmentName(attachment, index), content: attachment.content };
}

function attachmentName(attachment: Attachment, index: number): string {
  return attachment.filename ?? attachment.cid ?? `attachment-${index + 1}`;
}

/** Without the quotes that a header needs and a reader does not. */
function addressText(value: ParsedMail['to']): string {
  if (value === undefined) return '';
  const text = Array.isArray(value) ? value.map((one) => one.text).join(', ') : value.text;
  return text.replaceAll(/"([^"\\]+)" </g, '$1 <');
}

function splitHeader(line: string): { name: string; value: string } {
  const colon = line.indexOf(':');
  return {
    name: line.slice(0, colon),
    value: line
      .slice(colon + 1)
      .replaceAll(/\r?\n\s*/g, ' ')
      .trim(),
  };
}
