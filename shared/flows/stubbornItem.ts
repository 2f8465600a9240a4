/**
 * An item that comes back for ever: from its tenth delivery on each try is announced as a dead letter that keeps its raw
 * body. Whoever succeeds, or fails by throwing, takes the announcement back. After three that still stand, the item kills
 * whoever takes it: its row fails, and it is completed. So the host's poison queue, where an item loses its identity, is
 * never needed.
 *
 * One that stands is no proof yet: Storage may have failed when it was to be taken back, or the handler may still be at
 * work after its lease was lost. Hence three, each of them old enough that its handler has ended.
 */
import type { Durations } from '../core/durations.ts';
import type { DeadLetter } from '../core/records.ts';
import type { DeadLetters, Log, Telemetry } from '../ports.ts';
import { tellGivenUp } from './tellGivenUp.ts';

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
const ANNOUNCEMENTS = 3;

export function makeGuard(deps: {
  deadLetters: DeadLetters;
  durations: Durations;
  log: Log;
  telemetry: Telemetry;
}): Guard {
  const { deadLetters, durations } = deps;
  return async (item, letter, run, fail) => {
    if (item.dequeueCount < STUBBORN_FROM) return run();
    const key = `item-${item.queueId}`;
    const standing = await deadLetters.read(letter.day, key);
    if (standing && letter.at - standing.at < durations.claim) {
      throw new Error(`${letter.messageId}: a try of this item may still be under way; it comes again`);
    }
    const announced = standing ? (standing.announcements ?? 1) : 0;
    if (announced >= ANNOUNCEMENTS) {
      const { messageId, delivery, app } = letter;
      tellGivenUp(deps, 'error', `${messageId}: its queue item ends whoever takes it; it is given up`, {
        messageId,
        delivery,
        app,
        reason: 'comes_back',
      });
      await fail();
      return;
    }
    await deadLetters.put({
      ...letter,
      key,
      reason: 'comes_back',
      detail: `delivered ${item.dequeueCount} times; one more try began, the ${announced + 1}. that was announced. If this stays, the item ended the process that took it: look at the log of that time`,
      lastReply: null,
      announcements: announced + 1,
      raw: Buffer.from(item.raw),
    });
    try {
      await run();
    } finally {
      await deadLetters.remove(letter.day, key);
    }
  };
}
