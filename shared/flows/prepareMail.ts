/**
 * What a delivery needs before its claim: the composed mail. Made before anything is written, so that a store that does
 * not answer leaves no claim behind: `Unavailable` goes through, and the item comes back.
 */
import type { Delivery, ReplyNote } from '../core/delivery.ts';
import type { Head } from '../core/records.ts';
import type { Message } from '../core/message.ts';
import { openPayload, type OpenedPayload } from '../core/payload.ts';
import type {
  BlobRead,
  Blobs,
  Codec,
  ComposedMail,
  Composer,
  LoadedAttachment,
  MessageStore,
  StoredDelivery,
  StoredHead,
} from '../ports.ts';
import { makeSplitMails } from './splitMails.ts';
import { NO_TURN_BYTES, type Turns } from './turns.ts';

export type Prepared =
  | { readonly ok: true; readonly mail: ComposedMail }
  /** It cannot be sent, now or later: what it is made of is gone. */
  | { readonly ok: false; readonly note: ReplyNote };

export interface Mails {
  /** Of a recorded message. One that was split is composed once for all its deliveries on this instance. */
  ofRecord(stored: StoredDelivery, account: string): Promise<Prepared>;
  /** Of a message in hand. */
  ofMessage(message: Message, head: Head, delivery: Delivery, account: string): Promise<Prepared>;
}

export function makeMails(deps: {
  store: MessageStore;
  blobs: Blobs;
  codec: Codec;
  composer: Composer;
  /** Of the sender account, where the message gives none. */
  displayNameOf: (account: string) => string | null;
  redirectTo: string | null;
  /** No attachment is read beyond this. */
  messageBytes: number | null;
  turns: Turns;
}): Mails {
  const { store, blobs, codec, composer, displayNameOf, redirectTo, messageBytes, turns } = deps;
  const splitMails = makeSplitMails();

  async function load({ message, files }: OpenedPayload): Promise<LoadedAttachment[] | string> {
    const loaded: LoadedAttachment[] = [];
    for (const { name, contentType, contentId, disposition, content } of message.attachments) {
      const facts = { name, contentType, contentId, disposition };
      if (content.kind === 'inline') {
        const bytes = files.get(content.base64);
        loaded.push({ ...facts, content: bytes === undefined ? content : { kind: 'bytes', bytes } });
        continue;
      }
      const read = await readContent(content.path);
      if (!read.ok) return content.path;
      loaded.push({ ...facts, content: { kind: 'bytes', bytes: read.bytes } });
    }
    return loaded;
  }

  async function readContent(path: string): Promise<BlobRead> {
    const atMostBytes = messageBytes ?? Infinity;
    const read = await blobs.readContent(path, Math.min(atMostBytes, NO_TURN_BYTES));
    if (read.ok || read.reason === 'missing') return read;
    return turns.take(() => blobs.readContent(path, atMostBytes));
  }

  async function ofOpened(
    opened: OpenedPayload,
    head: Head,
    delivery: Delivery,
    account: string,
  ): Promise<Prepared> {
    const attachments = await load(opened);
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
      message: opened.message,
      account,
      displayName: displayNameOf(account),
      attachments,
      showRecipients: head.showRecipients,
      originalTo: redirectTo === null ? null : delivery.recipients.map((recipient) => recipient.address),
    });
    return { ok: true, mail };
  }

  async function ofStored(stored: StoredHead, delivery: Delivery, account: string): Promise<Prepared> {
    const { payload, head } = stored;
    const { payloadBlob } = head;
    const opened =
      payload !== null
        ? openPayload(codec.unpack(payload))
        : payloadBlob && (await turns.take(async () => readPayload(payloadBlob)));
    if (opened) return ofOpened(opened, head, delivery, account);
    return {
      ok: false,
      note: {
        text: 'the payload of the message is gone',
        cause: 'its blob in the container of payloads was removed',
        remedy: 'send the message again; leave the container mail-payloads to hve-mailer alone',
      },
    };
  }

  async function readPayload(name: string): Promise<OpenedPayload | null> {
    const packed = await blobs.readPayload(name);
    return packed && openPayload(codec.unpack(packed));
  }

  async function ofSplit(delivery: Delivery, account: string): Promise<Prepared> {
    const head = await store.readHead(delivery.id);
    if (head) return ofStored(head, delivery, account);
    const text = 'the head of the message is gone';
    return { ok: false, note: { text, cause: text, remedy: 'send the message again' } };
  }

  return {
    ofMessage: (message, head, delivery, account) =>
      ofOpened({ message, files: NO_FILES }, head, delivery, account),
    async ofRecord({ delivery, head }, account) {
      if (head) return ofStored(head, delivery, account);
      // Where recipients are replaced, a delivery's header names its own.
      if (redirectTo !== null) return ofSplit(delivery, account);
      return splitMails.get(`${delivery.id} ${account}`, () => ofSplit(delivery, account));
    },
  };
}

/** Of a message in hand, which is small but for its blobs. */
const NO_FILES: OpenedPayload['files'] = new Map();
