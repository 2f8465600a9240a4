/**
 * Taking a row out of its room (protocol.md R4, "Rooms"). The message's row is looked at first, for it names its room:
 *
 *   expired, not sending ........................................... final (dead letter first); waiting row deleted
 *   final, held, parked elsewhere, or moving and of a later attempt  waiting row deleted
 *   sending, or missing for less than an hour ...................... left
 *   missing for longer ............................................. waiting row deleted
 *   queued ......................................................... written anew, item put, waiting row deleted
 *   parked here .................................................... queued, item put, waiting row deleted
 *
 * The waiting row is deleted with the ETag that was read: one that was written anew meanwhile stays. What may repeat:
 * all of it, on many instances at once.
 */
import { isExpired } from '../core/delivery.ts';
import type { Delivery, ReplyNote } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { expire, failOpen } from '../core/outcome.ts';
import type { WaitingRow } from '../core/rooms.ts';
import { TIME_ROOM, timeOfTimeRoomKey } from '../core/rooms.ts';
import { isFinal } from '../core/status.ts';
import type { Clock, MessageStore, StoredDelivery, WaitingRooms } from '../ports.ts';
import { makeReplacer } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';

/** `released`: this many recipients go on. `tidied`: the room is a row shorter, nothing goes. `left`: nothing changed. */
export type Release =
  | { readonly kind: 'released'; readonly recipients: number }
  | { readonly kind: 'tidied' }
  | { readonly kind: 'left' };

export interface Releaser {
  /** Whatever waits for what will never be: its open recipients fail with the note. */
  giveUp(waiting: { readonly row: WaitingRow; readonly etag: string }, note: ReplyNote): Promise<void>;
  release(waiting: { readonly row: WaitingRow; readonly etag: string }, probe: boolean): Promise<Release>;
}

export function makeReleaser(deps: {
  store: MessageStore;
  rooms: WaitingRooms;
  rows: Rows;
  clock: Clock;
  durations: Durations;
}): Releaser {
  const { store, rooms, rows, clock, durations } = deps;

  return {
    async giveUp({ row, etag }, note) {
      const stored = await store.readDelivery(row.id, row.delivery);
      if (stored?.delivery.room === row.room) {
        const failed = failOpen(stored.delivery, note, clock.now());
        if (!(await rows.settle(failed, makeReplacer(store, stored.delivery, stored.etag)))) return;
      }
      await rooms.remove(row, etag);
    },

    async release({ row, etag }, probe) {
      const remove = async (): Promise<Release> => {
        await rooms.remove(row, etag);
        return { kind: 'tidied' };
      };
      const stored = await store.readDelivery(row.id, row.delivery);
      if (stored === null) {
        return row.writtenAt + durations.acceptance > clock.now() ? { kind: 'left' } : remove();
      }
      const { delivery } = stored;
      if (delivery.status === 'sending') return { kind: 'left' };
      if (isFinal(delivery.status) || delivery.status === 'held') return remove();
      const now = clock.now();
      const write = (next: Delivery): Promise<boolean> =>
        rows.settle(next, makeReplacer(store, delivery, stored.etag));
      if (isExpired(delivery, now)) return (await write(expire(delivery, now))) ? remove() : { kind: 'left' };
      if (delivery.status === 'queued') {
        if (delivery.attempt > row.attempt) return remove();
        if (row.room === TIME_ROOM) return remove();
        return (await write(rows.queued(delivery, 0))) ? remove() : { kind: 'left' };
      }
      if (row.room === TIME_ROOM) return releaseFromTime(stored, { row, etag }, write, remove);
      if (delivery.room !== row.room) return remove();
      if (!(await write({ ...rows.queued(delivery, 0), releasedFrom: row.room, probe })))
        return { kind: 'left' };
      await rooms.remove(row, etag);
      return { kind: 'released', recipients: row.recipients };
    },
  };

  /** Parked, and not expired: scheduled ones go on; one with a later expiry was moved there already. */
  async function releaseFromTime(
    { delivery }: StoredDelivery,
    waiting: { readonly row: WaitingRow; readonly etag: string },
    write: (next: Delivery) => Promise<boolean>,
    remove: () => Promise<Release>,
  ): Promise<Release> {
    const at = timeOfTimeRoomKey(waiting.row.key);
    if (delivery.status === 'scheduled') {
      // Put off meanwhile: its row for the later time was written before it was parked again.
      if (delivery.sendAt !== null && delivery.sendAt > at) return remove();
      const next = { ...rows.queued(delivery, 0), releasedFrom: TIME_ROOM };
      if (!(await write(next))) return { kind: 'left' };
      await rooms.remove(waiting.row, waiting.etag);
      return { kind: 'released', recipients: waiting.row.recipients };
    }
    if (delivery.expiresAt !== null && delivery.expiresAt > at) {
      await rows.putWaiting(delivery);
    }
    return remove();
  }
}
