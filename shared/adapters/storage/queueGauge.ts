import type { QueueClient } from '@azure/storage-queue';
import type { QueueGauge, QueueState } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { frontSince } from './queueFront.ts';
import { OPERATION_TIMEOUT_MS } from './storageConnection.ts';
import { isMissing, isStoreMissing, unavailable } from './storageErrors.ts';

/** A look at every queue, and at the host's poison queues, which stand only where something went there. */
export function makeQueueGauge(deps: { readonly storage: StorageAccess }): QueueGauge {
  return {
    async look() {
      const names = ['outbox', 'deliveries', 'bulk'] as const;
      const own = names.map((name) => look(deps.storage.queue(name), false, name !== 'outbox'));
      const poison = names.map((name) => look(deps.storage.poisonQueue(name), true, false));
      return Promise.all([...own, ...poison]);
    },
  };
}

async function look(queue: Promise<QueueClient>, isPoison: boolean, isInner: boolean): Promise<QueueState> {
  const client = await queue;
  const abortSignal = AbortSignal.timeout(OPERATION_TIMEOUT_MS);
  try {
    const { approximateMessagesCount = 0 } = await client.getProperties({ abortSignal });
    const visibleSince = approximateMessagesCount > 0 ? await frontSince(client, isInner, abortSignal) : null;
    return { queue: client.name, isPoison, messages: approximateMessagesCount, visibleSince };
  } catch (error) {
    if (isStoreMissing(error) || isMissing(error)) {
      return { queue: client.name, isPoison, messages: 0, visibleSince: null };
    }
    throw unavailable(`queue ${client.name}`, error);
  }
}
