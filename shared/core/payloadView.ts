/**
 * A message as it was accepted, in the form in which it may be submitted again (messageInput.ts): every field resolved,
 * what was not given left out. Pure.
 */
import type { Attachment, Mailbox, Message } from './message.ts';

export type PayloadView = Readonly<Record<string, unknown>>;

export function viewPayload(message: Message): PayloadView {
  const { from, text, html, attachments, headers, sendAt, expiresAt, metadata, ...plain } = message;
  const { app, idempotencyKey, reference, to, cc, bcc, replyTo, subject, tags, ...choices } = plain;
  return present({
    app,
    idempotencyKey,
    reference,
    from: from.sender === null && from.displayName === null ? null : viewFrom(from),
    to: viewMailboxes(to),
    cc: viewMailboxes(cc),
    bcc: viewMailboxes(bcc),
    replyTo: viewMailboxes(replyTo),
    subject,
    text,
    html,
    attachments: attachments.map(viewAttachment),
    headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    ...choices,
    sendAt: viewInstant(sendAt),
    expiresAt: viewInstant(expiresAt),
    tags,
    metadata,
  });
}

function viewFrom({ sender, displayName }: Message['from']): PayloadView {
  return present({ address: sender, displayName });
}

function viewMailboxes(mailboxes: readonly Mailbox[]): readonly PayloadView[] {
  return mailboxes.map(({ address, displayName }) => present({ address, displayName }));
}

function viewAttachment({ name, contentType, contentId, disposition, content }: Attachment): PayloadView {
  const where = content.kind === 'blob' ? { blob: content.path } : { contentInBase64: content.base64 };
  return present({ name, contentType, contentId, disposition, ...where });
}

function viewInstant(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}

/** Without what is null or empty: absent says the same. An empty text says something (the content of an empty file). */
function present(fields: Readonly<Record<string, unknown>>): PayloadView {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
