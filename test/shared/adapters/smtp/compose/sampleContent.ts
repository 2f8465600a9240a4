/** What a mail is made of, as plain as can be but for what a test says. */
import { plainMessage } from '../../../../../bench/plainMessage.ts';
import type { Message } from '../../../../../shared/core/message.ts';
import type { LoadedAttachment, MailContent } from '../../../../../shared/ports.ts';

export function contentOf(
  message: Partial<Message> = {},
  content: Partial<Omit<MailContent, 'message'>> = {},
): MailContent {
  return {
    message: plainMessage(message),
    account: 'hve@contoso.com',
    displayName: null,
    attachments: [],
    showRecipients: true,
    originalTo: null,
    ...content,
  };
}

export const bytesOf = (bytes: Uint8Array | string): LoadedAttachment['content'] => ({
  kind: 'bytes',
  bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
});

export const fileOf = (overrides: Partial<LoadedAttachment> = {}): LoadedAttachment => ({
  name: 'file.bin',
  contentType: 'application/octet-stream',
  contentId: null,
  disposition: 'attachment',
  content: bytesOf('content'),
  ...overrides,
});

/** The bytes of a content. */
export function contentBytes(content: LoadedAttachment['content']): Buffer {
  return content.kind === 'inline' ? Buffer.from(content.base64, 'base64') : Buffer.from(content.bytes);
}
