/**
 * Taking a row out of its room (protocol.md R4, "Rooms"). The message's row is looked at first, for it names its room:
 *
 *   expired, not sending ........................................... final (dead letter first); waiting row deleted
 *   final, held, parked elsewhere, or moving and of a later attempt  waiting row deleted
 *   sending, or missing for less than an hour ...................... left
 *   missing for longer ............................................. waiting row deleted
 *   queued ......................................................... written anew, item put, waiting row deleted
 *   parked here, and may not go yet ................................ left: so is what lies behind it
 *   parked here .................................................... queued, item put, waiting row deleted
 *
 * The waiting row is deleted with the ETag that was read: one that was written anew meanwhile stays. What may repeat:
 * all of it, on many instances at once.
 */
import { isExpired } from '../core/delivery.ts';
import type { Delivery, ReplyNote } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { expire, failOpen } from '../core/ending.ts';
import type { WaitingRow } from '../core/rooms.ts';
import { TIME_ROOM, timeOfTimeRoomKey } from '../core/rooms.ts';
import { isFinal } from '../core/status.ts';
import type { Clock, MessageStore, StoredDelivery, WaitingRooms } from '../ports.ts';
import { makeReplacer } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';

/**
 * `released`: this many recipients go on. `tidied`: the room is a row shorter, nothing goes. `left`: nothing changed.
 * `stopped`: nothing changed, since it may not go yet.
 */
export type Release =
  | { readonly kind: 'released'; readonly recipients: number }
  | { readonly kind: 'tidied' }
  | { readonly kind: 'left' }
  | { readonly kind: 'stopped' };

type Waiting = { readonly row: WaitingRow; readonly etag: string };

export interface Releaser {
  /** Whatever waits for what will never be: its open recipients fail with the note. */
  giveUp(waiting: Waiting, note: ReplyNote): Promise<void>;
  /** `mayGo` is asked only of what is parked here: whatever else the row may be, it is seen to at once. */
  release(waiting: Waiting, probe: boolean, mayGo?: () => Promise<boolean>): Promise<Release>;
}

export function makeReleaser(deps: {
  store: MessageStore;
  rooms: WaitingRooms;
  rows: Rows;
  clock: Clock;
  durations: Durations;
}): Releaser {
  const { store, rooms, rows, clock, durations } = deps;

  const release: Releaser['release'] = async ({ row, etag }, probe, mayGo = async () => true) => {
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
    const go = async (from: Partial<Delivery>): Promise<Release> => {
      if (!(await mayGo())) return { kind: 'stopped' };
      if (!(await write({ ...rows.queued(delivery, 0), ...from }))) return { kind: 'left' };
      await rooms.remove(row, etag);
      return { kind: 'released', recipients: row.recipients };
    };
    if (row.room === TIME_ROOM) return releaseFromTime(stored, row, go, remove);
    return delivery.room === row.room ? go({ releasedFrom: row.room, probe }) : remove();
  };

  return {
    release,

    async giveUp(waiting, note) {
      const { row, etag } = waiting;
      const stored = await store.readDelivery(row.id, row.delivery);
      // What is not parked here is seen to like in any other room: a parking may be under way.
      if (stored?.delivery.room !== row.room) return void (await release(waiting, false));
      const failed = failOpen(stored.delivery, note, clock.now());
      const written = await rows.settle(failed, makeReplacer(store, stored.delivery, stored.etag));
      if (written) await rooms.remove(row, etag);
    },
  };

  /** Parked, and not expired: scheduled ones go on; one with a later expiry was moved there already. */
  async function releaseFromTime(
    { delivery }: StoredDelivery,
    row: WaitingRow,
    go: (from: Partial<Delivery>) => Promise<Release>,
    remove: () => Promise<Release>,
  ): Promise<Release> {
    const at = timeOfTimeRoomKey(row.key);
    if (delivery.status === 'scheduled') {
      // Put off meanwhile: its row for the later time was written before it was parked again.
      if (delivery.sendAt !== null && delivery.sendAt > at) return remove();
      return go({ releasedFrom: TIME_ROOM });
    }
    if (delivery.expiresAt !== null && delivery.expiresAt > at) {
      await rows.putWaiting(delivery);
    }
    return remove();
  }
}
