/**
 * An item that comes back for ever: after ten deliveries of it, one more try is announced as a dead letter that keeps
 * its raw body. Whoever succeeds, or fails by throwing, takes the announcement back. If it stands already when the item
 * comes again, the item kills whoever takes it: its row fails, and it is completed. So the host's poison queue, where an
 * item loses its identity, is never needed.
 */
import type { DeadLetter } from '../core/records.ts';
import type { DeadLetters, Log } from '../ports.ts';

export interface QueueItem {
  readonly queueId: string;
  readonly insertedAt: number;
  readonly dequeueCount: number;
  readonly raw: string;
}

export type Guard = (
  item: QueueItem,
  letter: Pick<DeadLetter, 'day' | 'messageId' | 'delivery' | 'attempt' | 'app' | 'at'>,
  run: () => Promise<void>,
  /** The row that the item is about becomes `failed`. */
  fail: () => Promise<void>,
) => Promise<void>;

const STUBBORN_FROM = 10;

export function makeGuard(deps: { deadLetters: DeadLetters; log: Log }): Guard {
  const { deadLetters, log } = deps;
  return async (item, letter, run, fail) => {
    if (item.dequeueCount < STUBBORN_FROM) return run();
    const key = `item-${item.queueId}`;
    const fields = { messageId: letter.messageId, queueId: item.queueId, dequeueCount: item.dequeueCount };
    if (await deadLetters.read(letter.day, key)) {
      log('error', `${letter.messageId}: its queue item ends whoever takes it; it is given up`, fields);
      await fail();
      return;
    }
    await deadLetters.put({
      ...letter,
      key,
      reason: 'comes_back',
      detail: `delivered ${item.dequeueCount} times; one more try began. If this stays, the item ended the process that took it: look at the log of that time`,
      lastReply: null,
      raw: Buffer.from(item.raw),
    });
    try {
      await run();
    } finally {
      await deadLetters.remove(letter.day, key);
    }
  };
}
