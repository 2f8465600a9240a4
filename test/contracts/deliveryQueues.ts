import { beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryItem } from '../../shared/core/records.ts';
import type { DeliveryQueues, QueueName } from '../../shared/ports.ts';
import { NOON, sampleId } from './sampleMessages.ts';

export interface OpenedQueues {
  readonly queues: DeliveryQueues;
  /** How many items can be taken. */
  countVisible(queue: QueueName): Promise<number>;
  /** Takes the item at the front, which makes it invisible for `invisibleMs`. Null: none is visible. */
  take(
    queue: QueueName,
    invisibleMs: number,
  ): Promise<{ readonly text: string; readonly neverExpires: boolean } | null>;
  /** Moves the queues' clock, where it is the test's; else it goes by itself. */
  letGoBy?(ms: number): void;
}

/** Delays and times out of sight are whole seconds. */
const SECOND = 1000;

/** The contract of the port DeliveryQueues. Each `open` gives empty queues. */
export function describeDeliveryQueues(title: string, open: () => Promise<OpenedQueues>): void {
  describe(`DeliveryQueues: ${title}`, () => {
    let opened: OpenedQueues;
    beforeEach(async () => {
      opened = await open();
    });

    it('puts an item as raw JSON that never expires, on its own queue only', async () => {
      await opened.queues.put('bulk', item(), 0);
      expect(await opened.take('deliveries', SECOND)).toBeNull();
      const taken = await opened.take('bulk', SECOND);
      expect(JSON.parse(taken!.text)).toEqual(item());
      expect(taken?.neverExpires).toBe(true);
    });

    it('keeps a delayed item out of sight, however short the delay', async () => {
      await opened.queues.put('deliveries', item(), 3_600_000);
      expect(await opened.take('deliveries', SECOND)).toBeNull();
      expect(await opened.queues.frontVisibleSince('deliveries')).toBeNull();
      // The shortest delay is a second: where putting and looking took longer, the look says nothing, and another one must.
      let taken: unknown;
      for (let tookMs = Infinity; tookMs >= SECOND;) {
        const startedAtMs = performance.now();
        await opened.queues.put('bulk', item(), 1);
        taken = await opened.take('bulk', 60 * SECOND);
        tookMs = performance.now() - startedAtMs;
      }
      expect(taken).toBeNull();
    });

    it('takes no more than a week of delay, as much as a queue allows', async () => {
      await opened.queues.put('deliveries', item(), 30 * 24 * 3_600_000);
      expect(await opened.take('deliveries', SECOND)).toBeNull();
    });

    it('says since when the front item that nobody took is visible, by what the item says', async () => {
      expect(await opened.queues.frontVisibleSince('deliveries')).toBeNull();
      await opened.queues.put('deliveries', item(NOON + 1), 0);
      await opened.queues.put('deliveries', item(NOON + 2), 0);
      expect(await opened.queues.frontVisibleSince('deliveries')).toBe(NOON + 1);
      expect(await opened.queues.frontVisibleSince('bulk')).toBeNull();
      await opened.take('deliveries', 60_000);
      expect(await opened.queues.frontVisibleSince('deliveries')).toBe(NOON + 2);
    });

    it('knows no front where every visible item was taken before', async () => {
      await opened.queues.put('deliveries', item(NOON + 1), 0);
      await opened.take('deliveries', SECOND);
      opened.letGoBy?.(SECOND);
      await expect.poll(async () => opened.countVisible('deliveries')).toBe(1);
      expect(await opened.queues.frontVisibleSince('deliveries')).toBeNull();
    });

    it('passes over items that were taken before and came back', async () => {
      await opened.queues.put('deliveries', item(NOON + 1), 0);
      await opened.take('deliveries', SECOND);
      await opened.queues.put('deliveries', item(NOON + 2), 0);
      opened.letGoBy?.(SECOND);
      await expect.poll(async () => opened.countVisible('deliveries')).toBe(2);
      expect(await opened.queues.frontVisibleSince('deliveries')).toBe(NOON + 2);
    });
  });
}

function item(visibleAt = NOON): DeliveryItem {
  return { v: 1, messageId: sampleId(), delivery: 3, attempt: 2, visibleAt };
}
