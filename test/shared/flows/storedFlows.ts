/**
 * What flows without SMTP stand on: the real ports of Storage, in tables of their own in the run's emulator, at real
 * durations, with a clock that the test moves. Nothing has to be stopped.
 */
import { makeApps } from '../../../shared/adapters/storage/apps.ts';
import { makeDays } from '../../../shared/adapters/storage/days.ts';
import { makeDeadLetters } from '../../../shared/adapters/storage/deadLetters.ts';
import { makeDeliveryQueues } from '../../../shared/adapters/storage/deliveryQueues.ts';
import { makeLedger } from '../../../shared/adapters/storage/ledger.ts';
import { makeMessageStore } from '../../../shared/adapters/storage/messageStore.ts';
import { makeStandings } from '../../../shared/adapters/storage/standings.ts';
import { makeWaitingRooms } from '../../../shared/adapters/storage/waitingRooms.ts';
import { SILENT_TELEMETRY } from '../../../shared/adapters/telemetry/silentTelemetry.ts';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { Charge, Delivery } from '../../../shared/core/delivery.ts';
import { makeDurations } from '../../../shared/core/durations.ts';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { QuotaRequest, ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import type { WaitingRow } from '../../../shared/core/rooms.ts';
import { makeWindows } from '../../../shared/core/window.ts';
import type { Granted } from '../../../shared/flows/heldLeases.ts';
import type { Limits } from '../../../shared/flows/limits.ts';
import { makeQuota } from '../../../shared/flows/quota.ts';
import type { Quota } from '../../../shared/flows/quota.ts';
import { makeReleaser } from '../../../shared/flows/release.ts';
import { makeRows } from '../../../shared/flows/settleRow.ts';
import { makeTouch } from '../../../shared/flows/touch.ts';
import type { Reservation } from '../../../shared/flows/takeLease.ts';
import type { Background, Clock, Days, Ledger, Log, MessageStore, QueueName } from '../../../shared/ports.ts';
import { NOON, collect, sampleDelivery, sampleHead } from '../../contracts/sampleMessages.ts';
import { chance, openStorage } from '../adapters/storage/openStorage.ts';

export const NO_LIMITS: ScopeLimits = {
  tenant: null,
  external: null,
  account: () => null,
  app: () => null,
  reserveCriticalPercent: 0,
  bulkPercent: 100,
};

/** Stands still at `time.now` until the test moves it; monotonic time goes with it. */
export function makeTestClock(start = NOON): { readonly clock: Clock; readonly time: { now: number } } {
  const time = { now: start };
  return { time, clock: { now: () => time.now, monotonic: () => time.now, sleep: async () => undefined } };
}

/** Work that an instance does beside the triggers, and that the test starts by hand. */
export function makeTestBackground(): { readonly background: Background; readonly run: () => Promise<void> } {
  const works = new Set<() => Promise<void>>();
  return {
    background: {
      every(_ms, work) {
        const own = (): Promise<void> => work();
        works.add(own);
        return () => works.delete(own);
      },
    },
    async run() {
      for (const work of works) await work();
    },
  };
}

export function granted(reservation: Reservation): Granted {
  if (!reservation.ok) throw new Error(`the scope ${reservation.scope} has no room for it`);
  return reservation;
}

export interface StoredFlowsOptions {
  readonly limits?: ScopeLimits;
  readonly timeZone?: string;
  readonly wrapStore?: (store: MessageStore) => MessageStore;
  readonly wrapDays?: (days: Days) => Days;
  readonly wrapLedger?: (ledger: Ledger) => Ledger;
}

/** What `makeStoredFlows` gives; `wrapStore` and the like may count or end the calls of a port. */
export function makeStoredFlows({
  limits: scopeLimits = NO_LIMITS,
  timeZone = 'UTC',
  wrapStore = (store) => store,
  wrapDays = (days) => days,
  wrapLedger = (ledger) => ledger,
}: StoredFlowsOptions = {}) {
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
  const ledger = wrapLedger(makeLedger({ storage, chance }));
  const windows = makeWindows('calendar', calendar);
  const limits: Limits = { of: async () => scopeLimits };
  const { background, run: tend } = makeTestBackground();
  const apps = makeApps({ storage });
  const base = {
    store,
    rooms,
    queues,
    deadLetters,
    standings,
    apps,
    days,
    ledger,
    limits,
    windows,
    calendar,
    clock,
    chance,
    background,
    durations,
    log,
    telemetry: SILENT_TELEMETRY,
  };

  /** The quota of another instance over the same ledger. */
  function quotaOf(instance: string, changes: Partial<Parameters<typeof makeQuota>[0]> = {}): Quota {
    return makeQuota({ ...base, shownScopes: ['tenant', 'external'], instance, ...changes });
  }

  const quota = quotaOf('the first');
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
    quota,
    quotaOf,
    /** What the instances of `quotaOf` and `quota` do in the background, once. */
    tend,
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
      const client = await storage.queue(queue);
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

    /** Another instance spends it, and gives back what its lease has left: the ledger counts these and no more. */
    async use(request: Partial<QuotaRequest> & { recipients: number }): Promise<Charge> {
      const other = quotaOf('another');
      const { charge, settle } = granted(
        await other.reserve({
          external: 0,
          account: 'hve@contoso.com',
          app: 'payroll',
          priority: 'critical',
          ...request,
        }),
      );
      settle(charge);
      await other.close();
      return charge;
    },
  };
}

export type StoredFlows = ReturnType<typeof makeStoredFlows>;
