/**
 * Is the message within the size limit, in bytes as they will be on the wire? And are its attachments there?
 *
 * Most messages are so small that a bound shows it; only one near the limit is composed to be counted, and that
 * without its attachments.
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

/** Of a line of base64, and of the line break behind it. */
const LINE_CHARACTERS = 76;
const BREAK_BYTES = 2;
/** It may go as it is instead of in base64, which its bytes decide. */
const MESSAGE_TYPE = /^\s*message\//i;
const NOTHING: LoadedAttachment['content'] = { kind: 'inline', base64: '' };
/** Quoted-printable writes at most `=XX` for a byte, and soft line breaks. */
const TEXT_GROWTH = 3 * (78 / 75);
/** What the parts' own headers may take, each, beside its name. */
const PART_BYTES = 1500;
/** A character of a header takes at most this much as part of encoded words (three bytes of UTF-8 in base64, and their frames). */
const HEADER_GROWTH = 6;
/** A character of a file name stands there twice: as encoded word, and as three bytes of `%XX` each, cut into sections. */
const NAME_GROWTH = HEADER_GROWTH + 12;
/** A frame of encoded words, a fold, brackets and a comma. */
const FIELD_BYTES = 40;
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

  /** Attachments are composed empty and counted by their sizes: they need not be read. */
  async function composedSize(
    message: Message,
    account: string,
    sizes: readonly (number | null)[],
  ): Promise<number> {
    let countedBytes = 0;
    const attachments: LoadedAttachment[] = [];
    for (const [index, { content, ...facts }] of message.attachments.entries()) {
      if (MESSAGE_TYPE.test(facts.contentType)) {
        const loaded = content.kind === 'inline' ? content : await readContent(content.path);
        if (loaded === null) return Infinity;
        attachments.push({ ...facts, content: loaded });
      } else {
        attachments.push({ ...facts, content: NOTHING });
        countedBytes += encodedBytes(sizes[index] ?? 0);
      }
    }
    const mail = await composer.compose({
      message,
      account,
      displayName: message.from.displayName,
      attachments,
      showRecipients: true,
      originalTo: null,
    });
    return composer.sizeOnTheWire(mail) + countedBytes;
  }

  async function readContent(path: string): Promise<LoadedAttachment['content'] | null> {
    const read = await blobs.readContent(path, messageBytes ?? Infinity);
    return read.ok ? { kind: 'bytes', bytes: read.bytes } : null;
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
      const bounds = sizes.map((size, index) =>
        attachmentBounds(message.attachments[index]!.contentType, size ?? 0),
      );
      const least = bounds.reduce((sum, bound) => sum + bound.least, 0);
      const most = bounds.reduce((sum, bound) => sum + bound.most, 0);
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
      if (least > messageBytes) return tooLarge(least);
      if (most + upperBound(message) <= messageBytes) return { problems: [], tooLarge: false };
      const size = await composedSize(message, account, sizes);
      return size > messageBytes ? tooLarge(size) : { problems: [], tooLarge: false };
    },
  };
}

/** What everything but the attachments' contents can take at the most. */
function upperBound(message: Message): number {
  const bodies = Buffer.byteLength(message.text ?? '') + Buffer.byteLength(message.html ?? '');
  const addresses = [...message.to, ...message.cc, ...message.replyTo];
  const named = addresses.reduce(
    (sum, { address, displayName }) =>
      sum + address.length + HEADER_GROWTH * (displayName?.length ?? 0) + FIELD_BYTES,
    0,
  );
  const headers = message.headers.reduce(
    (sum, { name, value }) => sum + name.length + HEADER_GROWTH * value.length + FIELD_BYTES,
    0,
  );
  const parts = message.attachments.reduce(
    (sum, { name }) => sum + NAME_GROWTH * name.length + PART_BYTES,
    4 * PART_BYTES,
  );
  return Math.ceil(bodies * TEXT_GROWTH) + named + headers + parts + HEADER_BYTES;
}

/** What an attachment's content can take: a message that goes as it is grows only where a line of it ends in a LF alone. */
function attachmentBounds(
  contentType: string,
  bytes: number,
): { readonly least: number; readonly most: number } {
  const encoded = encodedBytes(bytes);
  return MESSAGE_TYPE.test(contentType)
    ? { least: bytes, most: Math.max(2 * bytes, encoded) }
    : { least: encoded, most: encoded };
}

/** An attachment's content as base64 in lines, the last line's break too. */
function encodedBytes(bytes: number): number {
  const characters = Math.ceil(bytes / 3) * 4;
  return characters + BREAK_BYTES * Math.ceil(characters / LINE_CHARACTERS);
}

function base64Bytes(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor((base64.length * 3) / 4) - padding;
}
