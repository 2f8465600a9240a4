import type { InvocationContext } from '@azure/functions';
import type { QueueItem } from '../shared/flows/stubbornItem.ts';

/**
 * What Storage says of a queue item. The payload in `triggerMetadata.queueTrigger` is never read: its keys are
 * camelCased there.
 */
export function readQueueItem(body: unknown, { triggerMetadata = {} }: InvocationContext): QueueItem {
  const { id, insertionTime, dequeueCount } = triggerMetadata;
  const insertedAt =
    insertionTime instanceof Date ? insertionTime.getTime() : Date.parse(String(insertionTime));
  if (typeof id !== 'string' || Number.isNaN(insertedAt)) {
    throw new Error('the host gave a queue item without its id or insertion time; it comes again');
  }
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  return { queueId: id, insertedAt, dequeueCount: Number(dequeueCount ?? 1), raw };
}
