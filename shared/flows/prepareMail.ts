/**
 * What a delivery needs before its claim: the composed mail. Made before anything is written, so that a store that does
 * not answer leaves no claim behind: `Unavailable` goes through, and the item comes back.
 */
import type { Delivery, ReplyNote } from '../core/delivery.ts';
import type { Head } from '../core/records.ts';
import type { Message } from '../core/message.ts';
import type { Blobs, Codec, ComposedMail, Composer, LoadedAttachment, StoredHead } from '../ports.ts';

export type Prepared =
  | { readonly ok: true; readonly mail: ComposedMail }
  /** It cannot be sent, now or later: what it is made of is gone. */
  | { readonly ok: false; readonly note: ReplyNote };

export interface Mails {
  /** Of a recorded message. */
  ofRecord(stored: StoredHead, delivery: Delivery): Promise<Prepared>;
  /** Of a message in hand. */
  ofMessage(message: Message, head: Head, delivery: Delivery): Promise<Prepared>;
}

export function makeMails(deps: {
  blobs: Blobs;
  codec: Codec;
  composer: Composer;
  /** Of the sender account, where the message gives none. */
  displayNameOf: (account: string) => string | null;
  redirectTo: string | null;
  /** No attachment is read beyond this. */
  messageBytes: number | null;
}): Mails {
  const { blobs, codec, composer, displayNameOf, redirectTo, messageBytes } = deps;

  async function load(message: Message): Promise<LoadedAttachment[] | string> {
    const loaded: LoadedAttachment[] = [];
    for (const { name, contentType, contentId, disposition, content } of message.attachments) {
      const facts = { name, contentType, contentId, disposition };
      if (content.kind === 'inline') {
        loaded.push({ ...facts, bytes: bytesOfBase64(content.base64) });
        continue;
      }
      const read = await blobs.readContent(content.path, messageBytes ?? Infinity);
      if (!read.ok) return content.path;
      loaded.push({ ...facts, bytes: read.bytes });
    }
    return loaded;
  }

  async function ofMessage(message: Message, head: Head, delivery: Delivery): Promise<Prepared> {
    const attachments = await load(message);
    if (typeof attachments === 'string') {
      return {
        ok: false,
        note: {
          text: `the attachment ${attachments} is gone`,
          cause:
            'the blob was there when the message was accepted, and is no longer, or has grown beyond the limit',
          remedy: 'put it back, then redrive the message; keep attachments until the message is final',
        },
      };
    }
    const mail = await composer.compose({
      message,
      account: delivery.sender,
      displayName: displayNameOf(delivery.sender),
      attachments,
      showRecipients: head.showRecipients,
      originalTo: redirectTo === null ? null : delivery.recipients.map((recipient) => recipient.address),
    });
    return { ok: true, mail };
  }

  return {
    ofMessage,
    async ofRecord(stored, delivery) {
      const packed =
        stored.payload ??
        (stored.head.payloadBlob === null ? null : await blobs.readPayload(stored.head.payloadBlob));
      if (packed === null) {
        return {
          ok: false,
          note: {
            text: 'the payload of the message is gone',
            cause: 'its blob in the container of payloads was removed',
            remedy: 'send the message again; leave the container mail-payloads to hve-mailer alone',
          },
        };
      }
      const message: Message = JSON.parse(codec.unpack(packed));
      return ofMessage(message, stored.head, delivery);
    },
  };
}

function bytesOfBase64(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}
