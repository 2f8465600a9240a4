/**
 * Is the message within the size limit, in bytes as they will be on the wire? And are its attachments there?
 *
 * Most messages are so small that a bound shows it; only one near the limit is composed to be counted.
 */
import { makeProblem } from '../core/messageProblems.ts';
import type { Message, Problem } from '../core/message.ts';
import type { Blobs, Composer, LoadedAttachment } from '../ports.ts';

export interface SizeCheck {
  readonly problems: readonly Problem[];
  readonly tooLarge: boolean;
}

export interface MessageSize {
  check(message: Message, account: string): Promise<SizeCheck>;
}

/** Base64 in lines of 76 with CRLF. */
const ATTACHMENT_GROWTH = (4 / 3) * (78 / 76);
/** Quoted-printable writes at most `=XX` for a byte, and soft line breaks. */
const TEXT_GROWTH = 3 * (78 / 75);
/** What the parts' own headers may take, each. */
const PART_BYTES = 1500;
/** The message's headers beside its recipients. */
const HEADER_BYTES = 4096;

export function makeMessageSize(deps: {
  blobs: Blobs;
  composer: Composer;
  messageBytes: number | null;
}): MessageSize {
  const { blobs, composer, messageBytes } = deps;

  /** The size of each attachment; null: it is not there. */
  async function attachmentSizes(message: Message): Promise<(number | null)[]> {
    return Promise.all(
      message.attachments.map(async ({ content }) =>
        content.kind === 'inline' ? base64Bytes(content.base64) : blobs.contentSize(content.path),
      ),
    );
  }

  async function composedSize(message: Message, account: string): Promise<number> {
    const attachments: LoadedAttachment[] = [];
    for (const { name, contentType, contentId, disposition, content } of message.attachments) {
      const facts = { name, contentType, contentId, disposition };
      if (content.kind === 'inline') {
        attachments.push({ ...facts, content });
        continue;
      }
      const read = await blobs.readContent(content.path, messageBytes ?? Infinity);
      if (!read.ok) return Infinity;
      attachments.push({ ...facts, content: { kind: 'bytes', bytes: read.bytes } });
    }
    const mail = await composer.compose({
      message,
      account,
      displayName: message.from.displayName,
      attachments,
      showRecipients: true,
      originalTo: null,
    });
    return composer.sizeOnTheWire(mail);
  }

  return {
    async check(message, account) {
      const sizes = await attachmentSizes(message);
      const missing = sizes.flatMap((size, index): Problem[] => {
        const { content } = message.attachments[index]!;
        if (size !== null || content.kind === 'inline') return [];
        return [
          makeProblem(
            ['attachments', index, 'blob'],
            'attachment_missing',
            `there is no blob ${content.path} in the container mail-content; put it there before the message`,
          ),
        ];
      });
      if (messageBytes === null || missing.length > 0) return { problems: missing, tooLarge: false };
      const encoded = sizes.reduce(
        (sum: number, size) => sum + Math.ceil((size ?? 0) * ATTACHMENT_GROWTH),
        0,
      );
      const tooLarge = (bytes: number): SizeCheck => ({
        problems: [
          makeProblem(
            [],
            'too_large',
            `the message would be ${bytes} bytes on the wire; the limit is ${messageBytes}: send less, or a link`,
          ),
        ],
        tooLarge: true,
      });
      if (encoded > messageBytes) return tooLarge(encoded);
      if (encoded + upperBound(message) <= messageBytes) return { problems: [], tooLarge: false };
      const size = await composedSize(message, account);
      return size > messageBytes ? tooLarge(size) : { problems: [], tooLarge: false };
    },
  };
}

/** What everything but the attachments' contents can take at the most. */
function upperBound(message: Message): number {
  const bodies = Buffer.byteLength(message.text ?? '') + Buffer.byteLength(message.html ?? '');
  const addresses = [...message.to, ...message.cc, ...message.replyTo];
  const named = addresses.reduce(
    (sum, { address, displayName }) => sum + address.length + 6 * (displayName?.length ?? 0) + 16,
    0,
  );
  const headers = message.headers.reduce((sum, { name, value }) => sum + name.length + value.length + 16, 0);
  const parts = (message.attachments.length + 4) * PART_BYTES;
  return Math.ceil(bodies * TEXT_GROWTH) + named + headers + parts + HEADER_BYTES;
}

function base64Bytes(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor((base64.length * 3) / 4) - padding;
}
