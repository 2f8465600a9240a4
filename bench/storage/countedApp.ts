/**
 * The app over a real Storage, called through its handlers as the host calls them; every operation it needs is counted. The mail
 * server and Key Vault are stand-ins, which have no part in it.
 */
import { HttpRequest, InvocationContext } from '@azure/functions';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { randomUUID } from 'node:crypto';
import type { Azurite } from '../../local/azurite.ts';
import { makeDeliverItem } from '../../functions/deliverItem.ts';
import { makePostMessage } from '../../functions/postMessage.ts';
import { makeSendMail } from '../../functions/sendMail.ts';
import { STATE_VERSION } from '../../shared/core/delivery.ts';
import { CONTAINERS, QUEUES } from '../../shared/core/storageNames.ts';
import { messageIdOfQueueItem } from '../../shared/core/messageId.ts';
import { makeMailer, type Mailer } from '../../shared/flows/mailer.ts';
import type { MailTransport, RecipientResult, SecretStore } from '../../shared/ports.ts';
import { connectPorts } from '../../shared/wiring.ts';
import { makeQuotaRules } from '../quota/quotaSettings.ts';
import { countOperations, type Operations } from './countOperations.ts';

export interface CountedApp extends Pick<Mailer, 'sweep' | 'appBook'> {
  /** An item of the outbox. Its message's id. */
  sendMail(item: Readonly<Record<string, unknown>>): Promise<string>;
  /** `POST /api/messages`. */
  post(body: Readonly<Record<string, unknown>>, key?: string): Promise<void>;
  /** All items that the inner queues have now, one after another. How many. */
  deliverItems(): Promise<number>;
  /** The item of a message's only delivery, as if it had become visible. */
  deliver(messageId: string, attempt: number): Promise<void>;
  /** The server refuses all of the next transaction, for a moment. */
  refuseNext(): void;
  /** A blob among the producers'. */
  putContent(path: string, text: string): Promise<void>;
  /** Since it was asked last. */
  operations(): Operations;
  close(): Promise<void>;
}

const HOUR_SECONDS = 3600;
const ACCEPTED: RecipientResult = {
  result: 'accepted',
  reply: { code: 250, enhanced: '2.6.0', text: '250 2.6.0 Queued mail for delivery' },
};
const BUSY: RecipientResult = {
  result: 'refused',
  stage: 'rcpt',
  reply: {
    code: 432,
    enhanced: '4.3.2',
    text: '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded',
  },
};
const PASSWORD: SecretStore = { read: async () => ({ ok: true, value: 'a password', version: '1' }) };

/** Above what any way sends: what a message over quota costs is a way of its own. A limit there is, so that leases are taken. */
const RECIPIENTS_PER_DAY = 100_000_000;

/** With tables of its own. */
export async function openCountedApp(
  { connectionString, ports: { blob, queue, table } }: Azurite,
  tablePrefix: string,
): Promise<CountedApp> {
  const settings = { HVE_LIMIT_RECIPIENTS_PER_DAY: String(RECIPIENTS_PER_DAY) };
  const rules = makeQuotaRules({ connectionString, tablePrefix, settings });
  const log = (): void => undefined;
  const count = countOperations([blob, queue, table]);
  const connected = connectPorts(rules, log);
  await connected.primeClock();
  let isBusy = false;
  const transport: MailTransport = {
    async send({ recipients, pointOfNoReturn }) {
      if (!pointOfNoReturn()) throw new Error('the app gave up what nothing has delayed');
      const result = isBusy ? BUSY : ACCEPTED;
      isBusy = false;
      return { recipients: recipients.map(() => result) };
    },
    verify: async () => null,
    setConnections: () => undefined,
    close: async () => undefined,
  };
  const ports = count.counted({ ...connected.ports, transport, secrets: PASSWORD });
  const mailer = makeMailer(ports, rules, log);
  const use = async (): Promise<Mailer> => mailer;
  const send = makeSendMail(use);
  const postMessage = makePostMessage(use);
  const deliver = makeDeliverItem(use);
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  const innerQueues = [QUEUES.deliveries, QUEUES.bulk].map((name) => queues.getQueueClient(name));
  for (const queue of innerQueues) await queue.createIfNotExists();

  return {
    sweep: () => mailer.sweep(),
    appBook: mailer.appBook,

    async sendMail(item) {
      const [id, insertionTime] = [randomUUID(), new Date(connected.ports.clock.now())];
      await send(item, contextOf({ id, insertionTime, dequeueCount: 1 }));
      return messageIdOfQueueItem(id, insertionTime.getTime());
    },

    async post(body, key) {
      const request = new HttpRequest({
        method: 'POST',
        url: 'https://mailer.example.net/api/messages',
        headers: key === undefined ? {} : { 'Idempotency-Key': key },
        body: { string: JSON.stringify(body) },
      });
      const answer = await postMessage(request, contextOf({}));
      if (answer?.status !== 202) throw new Error(`a message was not accepted: ${JSON.stringify(answer)}`);
    },

    async deliverItems() {
      let delivered = 0;
      for (const queue of innerQueues) {
        for (;;) {
          const { receivedMessageItems } = await queue.receiveMessages({
            numberOfMessages: 32,
            visibilityTimeout: HOUR_SECONDS,
          });
          if (receivedMessageItems.length === 0) break;
          for (const {
            messageId: id,
            messageText,
            insertedOn,
            dequeueCount,
            popReceipt,
          } of receivedMessageItems) {
            await deliver(
              JSON.parse(messageText),
              contextOf({ id, insertionTime: insertedOn, dequeueCount }),
            );
            await queue.deleteMessage(id, popReceipt);
            delivered++;
          }
        }
      }
      return delivered;
    },

    async deliver(messageId, attempt) {
      const item = { v: STATE_VERSION, messageId, delivery: 0, attempt, visibleAt: 0 };
      const insertionTime = new Date(connected.ports.clock.now());
      await deliver(item, contextOf({ id: randomUUID(), insertionTime, dequeueCount: 1 }));
    },

    refuseNext: () => void (isBusy = true),

    async putContent(path, text) {
      const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(
        CONTAINERS.content,
      );
      await container.createIfNotExists();
      await container.getBlockBlobClient(path).uploadData(Buffer.from(text));
    },

    operations: () => count.take(),

    async close() {
      await mailer.close();
      count.stop();
    },
  };
}

function contextOf(triggerMetadata: Record<string, unknown>): InvocationContext {
  return new InvocationContext({ triggerMetadata, logHandler: () => undefined });
}
