import type { PeekedMessageItem, QueueClient } from '@azure/storage-queue';

/** What one look at the front shows at most. */
const PEEKED_ITEMS = 32;

/**
 * Since when the front item that was never taken is visible, milliseconds since the epoch: on an inner queue by what the item
 * says, on others by its insertion. Null: there is none among the first ones.
 */
export async function frontSince(
  client: QueueClient,
  isInner: boolean,
  abortSignal: AbortSignal,
): Promise<number | null> {
  const { peekedMessageItems } = await client.peekMessages({ numberOfMessages: PEEKED_ITEMS, abortSignal });
  for (const item of peekedMessageItems) {
    if (item.dequeueCount > 0) continue;
    const since = isInner ? visibleAtOf(item) : item.insertedOn.getTime();
    if (since !== null) return since;
  }
  return null;
}

/** Null: not an item of the inner queues. */
function visibleAtOf({ messageText }: Pick<PeekedMessageItem, 'messageText'>): number | null {
  try {
    const item: unknown = JSON.parse(messageText);
    const visibleAt: unknown =
      typeof item === 'object' && item !== null ? Reflect.get(item, 'visibleAt') : null;
    return typeof visibleAt === 'number' ? visibleAt : null;
  } catch {
    return null;
  }
}
