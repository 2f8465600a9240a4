/** The rules, each broken on purpose by a wrapper around the ports. What breaks is only what the rule says. */
import type { Delivery } from '../../shared/core/delivery.ts';
import { rowKeyOf } from '../../shared/core/messageId.ts';
import type { MessageStore } from '../../shared/ports.ts';
import { Unavailable } from '../../shared/ports.ts';
import type { MessageRow } from './memory/messageTable.ts';
import type { World, Wrap } from './world.ts';

function rowOf(world: World, { id, delivery }: Pick<Delivery, 'id' | 'delivery'>): MessageRow | undefined {
  return world.messages.rows.get(rowKeyOf(id, delivery));
}

/** Done some time later, whatever comes first, or never if the instance ends: the caller goes on at once. */
function later<A extends unknown[]>(call: (...args: A) => Promise<unknown>): (...args: A) => Promise<void> {
  return async (...args) => {
    call(...args).catch(() => undefined);
  };
}

const withStore =
  (change: (store: MessageStore, world: World) => Partial<MessageStore>): Wrap =>
  (ports, world) => ({ ...ports, store: { ...ports.store, ...change(ports.store, world) } });

/** R1: a claim that was written, and whose answer says conflict; the row is not read for the token. */
export const claimWithoutToken: Wrap = (ports, world) => {
  const { store } = ports;
  const unseen = new Set<string>();
  return {
    ...ports,
    store: {
      ...store,
      async replace(next, etag) {
        const written = await store.replace(next, etag);
        if (written === null || next.claim === null || !world.random.chance(0.2)) return written;
        unseen.add(rowKeyOf(next.id, next.delivery));
        return null;
      },
      async readDelivery(id, delivery) {
        const stored = await store.readDelivery(id, delivery);
        if (!stored?.delivery.claim || !unseen.delete(rowKeyOf(id, delivery))) return stored;
        const claim = { ...stored.delivery.claim, token: 'not looked at' };
        return { ...stored, delivery: { ...stored.delivery, claim } };
      },
    },
  };
};

/** R2: 202 and the item before the rows. */
export const rowsAfterTheAnswer: Wrap = withStore((store) => ({
  async insert(message, deliveries) {
    await later(store.insert)(message, deliveries);
    return { inserted: true, etags: deliveries.map(() => 'none') };
  },
}));

/** R2: the waiting row after the row that is parked. */
export const waitingRowLater: Wrap = (ports) => ({
  ...ports,
  rooms: { ...ports.rooms, put: later(ports.rooms.put) },
});

/** R3: nobody touches the day. */
export const noTouch: Wrap = (ports) => ({ ...ports, days: { ...ports.days, touch: async () => undefined } });

/**
 * R4: whoever deletes a waiting row is slow, until it was written anew meanwhile; `withEtag` false: then it is deleted
 * whatever stands there.
 */
export function slowRemoval(withEtag: boolean): Wrap {
  return (ports, world) => {
    const { rooms } = ports;
    const standing = (room: string, key: string): string | undefined =>
      world.waiting.rooms.get(room)?.get(key)?.etag;
    return {
      ...ports,
      rooms: {
        ...rooms,
        async remove(row, etag) {
          for (let n = 0; n < 60 && world.isFaulty && standing(row.room, row.key) === etag; n++) {
            await rooms.has(row.room, row.key);
          }
          return rooms.remove(row, withEtag ? etag : (standing(row.room, row.key) ?? ''));
        },
      },
    };
  };
}

/** R4: the waiting row is deleted as soon as it is seen, before the row is queued. */
export const removeBeforeTheRow: Wrap = (ports) => ({
  ...ports,
  rooms: {
    ...ports.rooms,
    async *walk(room) {
      for await (const waiting of ports.rooms.walk(room)) {
        await ports.rooms.remove(waiting.row, waiting.etag);
        yield waiting;
      }
    },
  },
});

/** R5: the dead letter after the row. */
export const letterLater: Wrap = (ports) => ({
  ...ports,
  deadLetters: { ...ports.deadLetters, put: later(ports.deadLetters.put) },
});

/** R6: a claim is written over whatever stands there. */
export const claimsOverwrite: Wrap = withStore((store, world) => ({
  async replace(next, etag) {
    const standing = rowOf(world, next);
    const overwrites = next.claim !== null && standing?.delivery?.status === 'sending';
    return store.replace(next, overwrites ? standing.etag : etag);
  },
}));

/** R7: what an attempt is told after its claim was taken over is thrown away. */
export const lateOutcomesDropped: Wrap = withStore((store, world) => ({
  async replace(next, etag) {
    const standing = rowOf(world, next)?.delivery;
    const accepted = (row: Delivery): number =>
      row.recipients.filter(({ status }) => status === 'accepted').length;
    const isLate = standing && standing.attempt === next.attempt && accepted(next) > accepted(standing);
    return isLate ? etag : store.replace(next, etag);
  },
}));

/** R7: an outcome that meets somebody else's write is thrown away. */
export const conflictsDropped: Wrap = withStore((store) => ({
  async replace(next, etag) {
    const written = await store.replace(next, etag);
    return written === null && next.claim === null && next.attempt > 1 ? 'thrown away' : written;
  },
}));

/** A row holds so much. Of our rows, which stand for much larger ones, none that is bounded comes near it. */
const ROW_CHARACTERS = 2700;

/** Table Storage refuses a row that is too large; `bounded` false: the attempts' list grows for ever. */
export function smallRows(bounded: boolean): Wrap {
  return (ports) => {
    const { store } = ports;
    const all = new Map<string, Delivery['attempts']>();
    return {
      ...ports,
      store: {
        ...store,
        async replace(next, etag) {
          const key = rowKeyOf(next.id, next.delivery);
          const known = all.get(key) ?? [];
          const fresh = next.attempts.filter(({ attempt }) => !known.some((one) => one.attempt === attempt));
          const attempts = [...known, ...fresh];
          const row = bounded ? next : { ...next, attempts };
          if (JSON.stringify(row).length > ROW_CHARACTERS) {
            throw new Unavailable(key, new Error('the row is too large'));
          }
          const written = await store.replace(row, etag);
          if (written !== null) all.set(key, attempts);
          return written;
        },
      },
    };
  };
}

/** R9: every second instance goes by its machine's clock, which is ahead. */
export function ownClock(aheadMs: number): (world: World) => void {
  return (world) => void (world.skewOf = (n) => (n % 2 === 0 ? 0 : aheadMs));
}

/** R10: a store that reads a newer version's rows as if they were its own. */
export const versionIgnored: Wrap = (ports, world) => {
  const blind = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      world.messages.isBlind = true;
      return call(...args);
    };
  };
  const { store } = ports;
  return {
    ...ports,
    store: {
      ...store,
      readDelivery: blind(store.readDelivery),
      replace: blind(store.replace),
    },
  };
};
