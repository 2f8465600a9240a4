import type { StorageQueueHandler } from '@azure/functions';
import { dayOfMessageId, messageIdOfQueueItem } from '../shared/core/messageId.ts';
import type { FailRow } from '../shared/flows/failRow.ts';
import type { Guard } from '../shared/flows/stubbornItem.ts';
import type { TakeFromOutbox } from '../shared/flows/takeFromOutbox.ts';
import type { Clock } from '../shared/ports.ts';
import type { UseMailer } from './app.ts';
import { readQueueItem } from './queueItem.ts';

/** Takes one item of the outbox. Returning completes it; throwing gives it back for 3 minutes. */
export function makeSendMail(
  useMailer: UseMailer<{ clock: Clock; guard: Guard; takeFromOutbox: TakeFromOutbox; failRow: FailRow }>,
): StorageQueueHandler {
  return async (body, context) => {
    const { clock, guard, takeFromOutbox, failRow } = await useMailer();
    const item = readQueueItem(body, context);
    const id = messageIdOfQueueItem(item.queueId, item.insertedAt);
    const letter = {
      day: dayOfMessageId(id),
      messageId: id,
      delivery: 0,
      attempt: 1,
      app: 'default',
      at: clock.now(),
    };
    await guard(
      item,
      letter,
      () => takeFromOutbox.take(id, body),
      async () => {
        await failRow({ messageId: id, delivery: 0 });
        await takeFromOutbox.giveUp(id, body);
      },
    );
  };
}
