/**
 * An instance of the mailer in a process of its own: the real one, over the real ports. Only the server of SMTP (which counts)
 * and Key Vault (which knows one password) are stand-ins. It takes the items of the inner queues like the host.
 */
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';
import { setTimeout as pause } from 'node:timers/promises';
import { QUEUES } from '../../shared/core/storageNames.ts';
import { makeMailer } from '../../shared/flows/mailer.ts';
import type { Mailer } from '../../shared/flows/mailer.ts';
import type { SecretStore } from '../../shared/ports.ts';
import { connectPorts } from '../../shared/wiring.ts';
import { serveCalls } from '../serveCalls.ts';
import type { AcceptedFile } from './acceptedFile.ts';
import { openAcceptedFile } from './acceptedFile.ts';
import type { CountingTransport } from './countingTransport.ts';
import { makeCountingTransport } from './countingTransport.ts';
import type { Place } from './quotaSettings.ts';
import { makeQuotaRules } from './quotaSettings.ts';

export interface OpenMailer {
  readonly place: Place;
  /** Where its independent count goes. */
  readonly acceptedPath: string;
}

export interface SubmitArgument {
  /** As the queue would name the message: the same at each delivery of it. */
  readonly id: string;
  readonly item: unknown;
}

const ITEMS_AT_ONCE = 8;
/** What a killed process had in hand is seen again after so long: the 10 minutes of the host, at the proof's time scale. */
const VISIBLE_AGAIN_SECONDS = 10;
const IDLE_MS = 150;

const PASSWORD: SecretStore = { read: async () => ({ ok: true, value: 'a password', version: '1' }) };

serveCalls(makeInstance());

function makeInstance() {
  let opened: { mailer: Mailer; transport: CountingTransport; accepted: AcceptedFile } | null = null;
  const stopping = new AbortController();
  let taking: Promise<unknown> = Promise.resolve();

  return {
    async open({ place, acceptedPath }: OpenMailer): Promise<void> {
      const accepted = openAcceptedFile(acceptedPath);
      const transport = makeCountingTransport({ accepted, random: Math.random });
      const rules = makeQuotaRules(place);
      const log = (): void => undefined;
      const { ports, primeClock } = connectPorts(rules, log);
      await primeClock();
      const mailer = makeMailer({ ...ports, transport, secrets: PASSWORD }, rules, log);
      opened = { mailer, transport, accepted };
      const queues = QueueServiceClient.fromConnectionString(place.connectionString);
      taking = Promise.all(
        [QUEUES.deliveries, QUEUES.bulk].map(async (name) => {
          const queue = queues.getQueueClient(name);
          while (!stopping.signal.aborted) if ((await takeItems(queue, mailer)) === 0) await pause(IDLE_MS);
        }),
      );
    },

    /** An item of the outbox. */
    async submit({ id, item }: SubmitArgument): Promise<void> {
      await opened!.mailer.takeFromOutbox.take(id, item);
    },

    async sweep(): Promise<void> {
      await opened!.mailer.sweep();
    },

    /** As `GET /api/usage` tells it. */
    async usage(): Promise<Record<string, number>> {
      const { scopes } = await opened!.mailer.usage.today();
      return Object.fromEntries(scopes.map(({ scope, used }) => [scope, used]));
    },

    /** Resolves when it may be killed in the middle of a transaction, the first one after so many accepted recipients. */
    async fallSilent(afterRecipients: number): Promise<void> {
      await opened!.transport.fallSilent(afterRecipients);
    },

    async close(): Promise<void> {
      stopping.abort();
      await taking;
      await opened?.mailer.close();
      opened?.accepted.close();
    },
  };
}

/** How many there were. What cannot be handled now comes back, as with the host. */
async function takeItems(queue: QueueClient, mailer: Mailer): Promise<number> {
  const { receivedMessageItems } = await queue.receiveMessages({
    numberOfMessages: ITEMS_AT_ONCE,
    visibilityTimeout: VISIBLE_AGAIN_SECONDS,
  });
  const handled = receivedMessageItems.map(async ({ messageText, messageId, popReceipt }) => {
    await mailer.deliver(JSON.parse(messageText));
    await queue.deleteMessage(messageId, popReceipt);
  });
  await Promise.allSettled(handled);
  return receivedMessageItems.length;
}
