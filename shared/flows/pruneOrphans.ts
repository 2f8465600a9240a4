/**
 * A payload's blob is written before its row. Where the row never came (its acceptance died, or an idempotency key named
 * another message) nothing points to the blob, and it goes with the payloads of its day. One that was written lately is left:
 * its row may be on its way, whatever day its message is of.
 */
import { addDays, isDay } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import { isMessageId, utcDay } from '../core/messageId.ts';
import type { Blobs, Clock, Log, MessageStore, StoredBlob } from '../ports.ts';

/** How many were removed. */
export type PruneOrphans = (isOver: () => boolean) => Promise<number>;

export function makePruneOrphans(deps: {
  store: MessageStore;
  blobs: Blobs;
  payloadDays: number;
  clock: Clock;
  durations: Durations;
  log: Log;
}): PruneOrphans {
  const { store, blobs, payloadDays, clock, durations, log } = deps;

  async function isOrphan({ name, writtenAt }: StoredBlob): Promise<boolean> {
    if (writtenAt + durations.orphan > clock.now()) return false;
    const id = name.slice(name.indexOf('/') + 1);
    // Whatever else somebody put there is not ours to judge.
    if (!isMessageId(id)) return false;
    return (await store.readHead(id))?.head.payloadBlob !== name;
  }

  return async (isOver) => {
    const newest = addDays(utcDay(clock.now()), -payloadDays);
    let removed = 0;
    for await (const day of blobs.payloadDays()) {
      if (!isDay(day) || day >= newest) continue;
      for await (const blob of blobs.listPayloads(day)) {
        if (isOver()) return removed;
        if (!(await isOrphan(blob)) || !(await blobs.removePayload(blob.name, blob.etag))) continue;
        removed++;
        log('info', `retention: the blob ${blob.name} had no row, and was removed`, { blob: blob.name });
      }
    }
    return removed;
  };
}
