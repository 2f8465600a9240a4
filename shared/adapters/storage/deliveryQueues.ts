import type { QueueClient } from '@azure/storage-queue';
import type { DeliveryQueues, QueueName } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { frontSince } from './queueFront.ts';
import { OPERATION_TIMEOUT_MS } from './storageConnection.ts';
import { isStoreMissing, unavailable } from './storageErrors.ts';
import { within } from './within.ts';

/** Items never expire by themselves; the default would be seven days. */
const FOR_EVER = -1;
/** What Queue Storage allows. */
const DELAY_AT_MOST_SECONDS = 7 * 24 * 3600;

/**
 * The inner queues. Items are raw JSON (host.json: `messageEncoding` is `none`). A put whose answer was lost is repeated by
 * the SDK and may leave two items; the second finds a later attempt and does nothing.
 */
export function makeDeliveryQueues(deps: { readonly storage: StorageAccess }): DeliveryQueues {
  /** Creates the queue once where it is missing; in Azure the deployment has made it. */
  async function withQueue<T>(
    name: QueueName,
    operation: (client: QueueClient, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const client = await deps.storage.queue(name);
    const run = (): Promise<T> => within(OPERATION_TIMEOUT_MS, (signal) => operation(client, signal));
    try {
      try {
        return await run();
      } catch (error) {
        if (!isStoreMissing(error)) throw error;
        await client.createIfNotExists();
        return await run();
      }
    } catch (error) {
      throw unavailable(`queue ${client.name}`, error);
    }
  }

  return {
    async put(queue, item, delayMs) {
      const seconds = Math.min(Math.max(0, Math.ceil(delayMs / 1000)), DELAY_AT_MOST_SECONDS);
      await withQueue(queue, async (client, abortSignal) =>
        client.sendMessage(JSON.stringify(item), {
          visibilityTimeout: seconds,
          messageTimeToLive: FOR_EVER,
          abortSignal,
        }),
      );
    },

    frontVisibleSince: async (queue) =>
      withQueue(queue, async (client, abortSignal) => frontSince(client, true, abortSignal)),
  };
}
