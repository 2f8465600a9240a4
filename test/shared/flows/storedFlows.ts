/**
 * What flows without SMTP stand on: the real ports of Storage, in tables of their own in the run's emulator, at real
 * durations, with a clock that the test moves. Nothing has to be stopped.
 */
import { makeDays } from '../../../shared/adapters/storage/days.ts';
import { makeDeadLetters } from '../../../shared/adapters/storage/deadLetters.ts';
import { makeDeliveryQueues } from '../../../shared/adapters/storage/deliveryQueues.ts';
import { makeMessageStore } from '../../../shared/adapters/storage/messageStore.ts';
import { makeQuotaCounter } from '../../../shared/adapters/storage/quotaCounter.ts';
import { makeStandings } from '../../../shared/adapters/storage/standings.ts';
import { makeWaitingRooms } from '../../../shared/adapters/storage/waitingRooms.ts';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { makeDurations } from '../../../shared/core/durations.ts';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { QuotaRequest, ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import type { WaitingRow } from '../../../shared/core/rooms.ts';
import { makeWindows } from '../../../shared/core/window.ts';
import { makeReleaser } from '../../../shared/flows/release.ts';
import { makeRows } from '../../../shared/flows/settleRow.ts';
import { makeTouch } from '../../../shared/flows/touch.ts';
import type { Clock, Days, Log, MessageStore, QueueName } from '../../../shared/ports.ts';
import { NOON, collect, sampleDelivery, sampleHead } from '../../contracts/sampleMessages.ts';
import { chance, openStorage } from '../adapters/storage/openStorage.ts';

export const NO_LIMITS: ScopeLimits = {
  tenant: null,
  external: null,
  account: () => null,
  app: () => null,
  reserveCriticalPercent: 0,
};

/** Stands still at `time.now` until the test moves it; monotonic time goes with it. */
export function makeTestClock(start = NOON): { readonly clock: Clock; readonly time: { now: number } } {
  const time = { now: start };
  return { time, clock: { now: () => time.now, monotonic: () => time.now, sleep: async () => undefined } };
}

/** What `makeStoredFlows` gives; `wrapStore` may count or end the calls of the message store. */
export function makeStoredFlows({
  limits = NO_LIMITS,
  timeZone = 'UTC',
  wrapStore = (store: MessageStore): MessageStore => store,
  wrapDays = (days: Days): Days => days,
} = {}) {
  const { storage } = openStorage();
  const { clock, time } = makeTestClock();
  const durations = makeDurations(1);
  const calendar = makeCalendar(timeZone);
  const lines: string[] = [];
  const log: Log = (level, text) => lines.push(`${level} ${text}`);
  const store = wrapStore(makeMessageStore({ storage }));
  const rooms = makeWaitingRooms({ storage });
  const queues = makeDeliveryQueues({ storage });
  const deadLetters = makeDeadLetters({ storage });
  const standings = makeStandings({ storage });
  const days = wrapDays(makeDays({ storage, chance }));
  const windows = makeWindows('calendar', calendar);
  const quota = makeQuotaCounter({
    storage,
    windows,
    calendar,
    limits: () => limits,
    spendWithinMs: durations.lease,
    clock,
    chance,
  });
  const base = { store, rooms, queues, deadLetters, standings, days, quota, clock, durations, log, limits };
  const touch = makeTouch(base);
  const rows = makeRows({ ...base, touch });
  const releaser = makeReleaser({ ...base, rows });
  let made = 0;

  /** Stores a message of one delivery, younger than those before, and gives it. */
  async function stored(changes: Partial<Delivery> = {}): Promise<Delivery> {
    made++;
    const id = makeMessageId(NOON, Uint8Array.from([made, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    const delivery = sampleDelivery({ id, createdAt: NOON + made, ...changes });
    await store.insert({ head: sampleHead({ id }), payload: null }, [delivery]);
    return delivery;
  }

  return {
    ...base,
    calendar,
    windows,
    time,
    lines,
    touch,
    rows,
    releaser,

    stored,

    /** Stores it parked in the room, with its waiting rows. */
    async parked(room: string, changes: Partial<Delivery> = {}): Promise<Delivery> {
      const status = room === 'time' ? 'scheduled' : 'deferred';
      const delivery = await stored({ status, room, due: null, ...changes });
      await rows.putWaiting(delivery);
      return delivery;
    },

    async read(id: string): Promise<Delivery> {
      const found = await store.readDelivery(id, 0);
      if (!found) throw new Error(`there is no row of ${id}`);
      return found.delivery;
    },

    /** The waiting rows of a room, in its order. */
    async waiting(room: string): Promise<WaitingRow[]> {
      return (await collect(rooms.walk(room))).map(({ row }) => row);
    },

    /** The ids of what is visible on the queue; taken off it. */
    async items(queue: QueueName = 'deliveries'): Promise<string[]> {
      const client = storage.queue(queue);
      await client.createIfNotExists();
      const ids: string[] = [];
      for (;;) {
        const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
        if (receivedMessageItems.length === 0) return ids;
        for (const item of receivedMessageItems) {
          ids.push((JSON.parse(item.messageText) as { messageId: string }).messageId);
          await client.deleteMessage(item.messageId, item.popReceipt);
        }
      }
    },

    async use(request: Partial<QuotaRequest> & { recipients: number }): Promise<void> {
      const reservation = await quota.reserve({
        external: 0,
        account: 'hve@contoso.com',
        app: 'payroll',
        priority: 'critical',
        ...request,
      });
      if (!reservation.ok) throw new Error(`the scope ${reservation.scope} has no room for it`);
    },
  };
}

export type StoredFlows = ReturnType<typeof makeStoredFlows>;
