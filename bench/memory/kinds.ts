/** How messages near the size limit come to the app, and the invocations that send each round of them. */
import { randomBytes } from 'node:crypto';
import type { BlobServiceClient } from '@azure/storage-blob';
import type { DequeuedMessageItem, QueueServiceClient } from '@azure/storage-queue';
import { queueTriggerMetadata } from '../../local/host/queueMessage.ts';
import { CONTAINERS, QUEUES } from '../../shared/core/storageNames.ts';
import type { RemoteProcess } from '../remoteProcess.ts';
import type { InvokeArgument } from './appProcess.ts';
import type { SendPlain } from './plainProcess.ts';

export const KIND_NAMES = ['claimCheck', 'attachmentBlob', 'posted', 'split'] as const;
export type KindName = (typeof KIND_NAMES)[number];

/** What is sent, as a producer has it. */
export interface Load {
  readonly deliveries: number;
  readonly attachment: Buffer;
}

/** Where a round happens. */
export interface Place {
  readonly queues: QueueServiceClient;
  readonly blobs: BlobServiceClient;
  /** On Flex Consumption each queue function has instances of its own, and so have all HTTP functions together. */
  readonly instances: Readonly<Record<InstanceName, Instance>>;
}

export type InstanceName = 'sendMail' | 'deliverMail' | 'http';

export interface Instance {
  readonly app: RemoteProcess;
  /** Of its HTTP functions. */
  readonly httpPort: number;
}

export interface Kind {
  readonly words: string;
  /** Which it needs. */
  readonly instances: readonly InstanceName[];
  /** What the producers put into `mail-content` before. */
  prepare(load: Load, blobs: BlobServiceClient): Promise<void>;
  /** Resolves when all deliveries are sent. */
  send(load: Load, place: Place): Promise<void>;
}

const RECIPIENTS_OF_DELIVERY = 50;
/** Of each recipient in the header. */
const RECIPIENT_BYTES = 24;
/** What an instance of 512 MB takes at once over HTTP on Flex Consumption, where nothing else is set. */
const POSTS_AT_ONCE = 4;
/** Whole mails come within seconds; a queue that stays empty longer is a defect. */
const ITEMS_WITHIN_MS = 30_000;
/** What the queue's host hides a message for while it is handled. */
const VISIBILITY_SECONDS = 600;

/** Attachment bytes so that the whole mail is just under `bytes` on the wire: base64 in lines of 76 with CRLF, and headers. */
export function attachmentFor(bytes: number): Buffer {
  const HEADERS_BYTES = 4000;
  return randomBytes(Math.floor(((bytes - HEADERS_BYTES) * (76 / 78) * 3) / 4));
}

const claimCheckName = (index: number): string => `memory/message-${index}.json`;
const attachmentName = (index: number): string => `memory/attachment-${index}.bin`;

function message(subject: string, recipients: readonly string[], content: object): object {
  return {
    to: recipients,
    subject,
    text: 'The statement is attached.',
    attachments: [{ name: 'statement.pdf', contentType: 'application/pdf', ...content }],
  };
}

function inline({ attachment }: Load): object {
  return { contentInBase64: attachment.toString('base64') };
}

function someone(index: number): string {
  return `r${index}@contoso.com`;
}

function indexes({ deliveries }: Load): number[] {
  return Array.from({ length: deliveries }, (_, index) => index);
}

export const KINDS: Readonly<Record<KindName, Kind>> = {
  claimCheck: {
    words: 'claim check, attachment inline',
    instances: ['sendMail', 'deliverMail'],
    prepare: putClaimChecks,
    async send(load, place) {
      const references = indexes(load).map((index) => ({
        $ref: `${CONTAINERS.content}/${claimCheckName(index)}`,
      }));
      await putIntoOutbox(place, references);
      await runItems(place, QUEUES.outbox, 'sendMail', load.deliveries);
      // What is large does not go straight on.
      await runItems(place, QUEUES.deliveries, 'deliverMail', load.deliveries);
    },
  },

  attachmentBlob: {
    words: 'attachment as a blob',
    instances: ['sendMail'],
    async prepare(load, blobs) {
      for (const index of indexes(load)) await upload(blobs, attachmentName(index), load.attachment);
    },
    async send(load, place) {
      const messages = indexes(load).map((index) =>
        message(`attachment ${index}`, [someone(index)], { blob: attachmentName(index) }),
      );
      await putIntoOutbox(place, messages);
      await runItems(place, QUEUES.outbox, 'sendMail', load.deliveries);
    },
  },

  posted: {
    words: `over HTTP, ${POSTS_AT_ONCE} at once; then delivered`,
    instances: ['http', 'deliverMail'],
    // For the peer.
    prepare: putClaimChecks,
    async send(load, place) {
      const waiting = indexes(load);
      const post = async (): Promise<void> => {
        for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
          const body = JSON.stringify(message(`posted ${index}`, [someone(index)], inline(load)));
          const url = `http://127.0.0.1:${place.instances.http.httpPort}/api/messages`;
          const headers = { 'content-type': 'application/json' };
          const answer = await fetch(url, { method: 'POST', headers, body });
          if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
          await answer.arrayBuffer();
        }
      };
      await Promise.all(Array.from({ length: POSTS_AT_ONCE }, post));
      await runItems(place, QUEUES.deliveries, 'deliverMail', load.deliveries);
    },
  },

  split: {
    words: 'one message to many, split',
    instances: ['sendMail', 'deliverMail'],
    async prepare(load, blobs) {
      const recipients = Array.from({ length: load.deliveries * RECIPIENTS_OF_DELIVERY }, (_, index) =>
        someone(index),
      );
      // The size is counted with all recipients in the header, whatever each delivery's says.
      const attachment = load.attachment.subarray(recipients.length * RECIPIENT_BYTES);
      const body = JSON.stringify(message('split', recipients, inline({ ...load, attachment })));
      await upload(blobs, claimCheckName(0), Buffer.from(body));
    },
    async send(load, place) {
      await putIntoOutbox(place, [{ $ref: `${CONTAINERS.content}/${claimCheckName(0)}` }]);
      await runItems(place, QUEUES.outbox, 'sendMail', 1);
      await runItems(place, QUEUES.deliveries, 'deliverMail', load.deliveries);
    },
  },
};

/** What the peer sends in a round: as many mails, of the same blobs. */
export function plainMails(kind: KindName, load: Load): SendPlain {
  if (kind === 'attachmentBlob') return { names: indexes(load).map(attachmentName), are: 'attachments' };
  return {
    names: indexes(load).map((index) => claimCheckName(kind === 'split' ? 0 : index)),
    are: 'messages',
  };
}

async function putClaimChecks(load: Load, blobs: BlobServiceClient): Promise<void> {
  for (const index of indexes(load)) {
    const body = JSON.stringify(message(`claim check ${index}`, [someone(index)], inline(load)));
    await upload(blobs, claimCheckName(index), Buffer.from(body));
  }
}

async function upload(blobs: BlobServiceClient, name: string, bytes: Buffer): Promise<void> {
  const container = blobs.getContainerClient(CONTAINERS.content);
  await container.createIfNotExists();
  await container.getBlockBlobClient(name).upload(bytes, bytes.length);
}

async function putIntoOutbox({ queues }: Place, items: readonly object[]): Promise<void> {
  const queue = queues.getQueueClient(QUEUES.outbox);
  await queue.createIfNotExists();
  for (const item of items) await queue.sendMessage(JSON.stringify(item), { messageTimeToLive: -1 });
}

/** As the host does: so many items of the queue at once, each removed once its invocation has returned. */
async function runItems(
  { queues, instances }: Place,
  queueName: string,
  functionName: 'sendMail' | 'deliverMail',
  count: number,
): Promise<void> {
  const queue = queues.getQueueClient(queueName);
  const taken: DequeuedMessageItem[] = [];
  const until = performance.now() + ITEMS_WITHIN_MS;
  while (taken.length < count) {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: Math.min(count - taken.length, 32),
      visibilityTimeout: VISIBILITY_SECONDS,
    });
    taken.push(...receivedMessageItems);
    if (performance.now() > until) throw new Error(`${queueName} has ${taken.length} items, not ${count}`);
  }
  const items = taken.map((item) => ({
    data: { string: item.messageText },
    metadata: queueTriggerMetadata(item, item.messageText),
    reason: item.messageId,
  }));
  await instances[functionName].app.call('invoke', { functionName, items } satisfies InvokeArgument);
  for (const { messageId, popReceipt } of taken) await queue.deleteMessage(messageId, popReceipt);
}
