import type { StorageQueueHandler } from '@azure/functions';
import { STATE_VERSION } from '../shared/core/delivery.ts';
import { dayOfMessageId, isMessageId, utcDay } from '../shared/core/messageId.ts';
import { isRecord } from '../shared/core/messageRelations.ts';
import type { DeliveryItem } from '../shared/core/records.ts';
import type { Deliver } from '../shared/flows/deliver.ts';
import type { FailRow } from '../shared/flows/failRow.ts';
import type { Guard } from '../shared/flows/stubbornItem.ts';
import type { Clock, DeadLetters } from '../shared/ports.ts';
import { NewerVersion } from '../shared/ports.ts';
import type { UseMailer } from './app.ts';
import { readQueueItem } from './queueItem.ts';

/** One item of an inner queue, `mail-deliveries` or `mail-bulk`. Returning completes it. */
export function makeDeliverItem(
  useMailer: UseMailer<{
    clock: Clock;
    guard: Guard;
    deliver: Deliver;
    failRow: FailRow;
    deadLetters: DeadLetters;
  }>,
): StorageQueueHandler {
  return async (body, context) => {
    const { clock, guard, deliver, failRow, deadLetters } = await useMailer();
    const queueItem = readQueueItem(body, context);
    // Whatever shape a newer version gives its items: it is left alone (R10).
    if (isRecord(body) && isCount(body['v']) && body['v'] > STATE_VERSION) {
      throw new NewerVersion('an item of an inner queue');
    }
    const item = parseItem(body);
    if (item === null) {
      // Only we write to the inner queues: this is a stranger's, or a defect. Kept, and never taken again.
      await deadLetters.put({
        day: utcDay(queueItem.insertedAt),
        key: `item-${queueItem.queueId}`,
        messageId: '',
        delivery: 0,
        attempt: 0,
        app: '',
        at: clock.now(),
        reason: 'rejected',
        detail: 'an item of an inner queue that is no delivery; producers write to mail-outbox only',
        lastReply: null,
        raw: Buffer.from(queueItem.raw),
      });
      context.error('an item of an inner queue is no delivery; it was kept as a dead letter');
      return;
    }
    const { messageId, delivery, attempt } = item;
    const letter = {
      day: dayOfMessageId(messageId),
      messageId,
      delivery,
      attempt,
      app: '',
      at: clock.now(),
    };
    await guard(
      queueItem,
      letter,
      () => deliver(item),
      () => failRow(item),
    );
  };
}

function parseItem(body: unknown): DeliveryItem | null {
  if (!isRecord(body)) return null;
  const { v, messageId, delivery, attempt, visibleAt } = body;
  if (typeof messageId !== 'string' || !isMessageId(messageId)) return null;
  if (!isCount(v) || !isCount(delivery) || !isCount(attempt)) return null;
  return { v, messageId, delivery, attempt, visibleAt: typeof visibleAt === 'number' ? visibleAt : 0 };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
