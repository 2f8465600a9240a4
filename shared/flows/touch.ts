/**
 * R3: before every write that leaves a row moving, its day is touched, so that the scan for overdue rows looks there.
 * An instance relies on its own touch for 10 minutes from before it sent it. A write may be slow: `ensure` is called
 * before it and again after it, where it costs nothing as a rule.
 */
import { dayOfMessageId } from '../core/messageId.ts';
import type { Durations } from '../core/durations.ts';
import type { Clock, Days } from '../ports.ts';

export interface Touch {
  /** The day of the message is touched, and that holds. */
  ensure(messageId: string): Promise<void>;
}

export function makeTouch(deps: { days: Days; clock: Clock; durations: Durations }): Touch {
  const { days, clock, durations } = deps;
  const sentAt = new Map<string, number>();
  const underWay = new Map<string, Promise<void>>();

  async function touch(day: string): Promise<void> {
    const at = clock.monotonic();
    await days.touch(day, clock.now());
    sentAt.set(day, at);
  }

  return {
    async ensure(messageId) {
      const day = dayOfMessageId(messageId);
      for (;;) {
        const at = sentAt.get(day);
        if (at !== undefined && clock.monotonic() - at < durations.touchReliance) return;
        let running = underWay.get(day);
        if (!running) {
          running = touch(day).finally(() => underWay.delete(day));
          underWay.set(day, running);
        }
        await running;
      }
    },
  };
}
