/** Reading what is recorded: one message, or lists of them, newest first. */
import type { Delivery } from '../core/delivery.ts';
import { foreseeAttempt } from '../core/nextAttempt.ts';
import type { Clock, MessageFilter, MessageStore, StoredMessage } from '../ports.ts';
import { isMessageId, lowestIdAt, timeOfMessageId, utcDay } from '../core/messageId.ts';
import { matchesSearch } from '../core/messageSearch.ts';
import type { MessageSummaryView, MessageView, OperationView } from '../core/messageView.ts';
import { statusOf, viewMessage, viewOperation, viewSummary } from '../core/messageView.ts';
import type { Troubles } from './troubles.ts';

export interface ListQuery extends MessageFilter {
  readonly status?: string | undefined;
  /** A part of what the message can be known by (messageSearch.ts). */
  readonly search?: string | undefined;
  /** A UTC day; without it all that is kept. */
  readonly day?: string | undefined;
  /** The id below which the page begins. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface MessagePage {
  readonly items: readonly MessageSummaryView[];
  /** Where the next page begins; there may be one with fewer items than were asked for. */
  readonly cursor?: string;
}

export interface MessageReader {
  message(id: string): Promise<MessageView | null>;
  operation(id: string): Promise<OperationView | null>;
  list(query: ListQuery): Promise<MessagePage>;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** So many heads a slice of time should have: it grows while it has fewer, and shrinks when it has more. */
const SLICE_WANTED = 500;

export function makeMessageReader(deps: {
  store: MessageStore;
  troubles: Pick<Troubles, 'remembered'>;
  accounts: readonly { readonly address: string; readonly pool: string | null }[];
  clock: Clock;
  /** Rows are kept for so many days from their final status on. */
  rowDays: number;
}): MessageReader {
  const { store, troubles, accounts, clock, rowDays } = deps;

  const read = async (id: string): Promise<StoredMessage | null> =>
    isMessageId(id) ? store.readMessage(id) : null;

  const membersOf = (pool: string): string[] =>
    accounts.filter((account) => account.pool === pool).map(({ address }) => address);

  /** The deliveries with when they go on. The standings are asked for what waits only, and remembered for a minute. */
  async function foreseen(stored: StoredMessage): Promise<readonly Delivery[]> {
    const deliveries = deliveriesOf(stored);
    if (!deliveries.some(({ status }) => status === 'deferred')) return deliveries;
    const outlook = { now: clock.now(), standings: await troubles.remembered(), membersOf };
    const foresee = (delivery: Delivery): Delivery => {
      const nextAttemptAt = foreseeAttempt(delivery, outlook);
      return { ...delivery, nextAttemptAt };
    };
    return deliveries.map((delivery) => foresee(delivery));
  }

  /**
   * The ids below `below`, newest first, over the days given. Table Storage sorts upwards only, so a day is read in
   * slices of time from its end, whose width follows how many messages there are. A slice without any is told too: finding
   * nothing takes time as well.
   */
  async function* slicesNewestFirst(
    days: readonly string[],
    below: string | undefined,
    filter: MessageFilter,
  ): AsyncGenerator<Slice> {
    let widthMs = MINUTE;
    for (const day of days) {
      const dayStart = Date.parse(`${day}T00:00:00Z`);
      let end = lowestIdAt(dayStart + DAY);
      if (below !== undefined && below < end) end = below;
      let startMs = timeOfMessageId(end);
      while (startMs > dayStart || end > lowestIdAt(dayStart)) {
        startMs = Math.max(dayStart, timeOfMessageId(end) - widthMs);
        const start = lowestIdAt(startMs);
        const ids: string[] = [];
        for await (const head of store.listHeads(day, start, end, filter)) ids.push(head.id);
        yield { ids: ids.toSorted().toReversed(), start };
        widthMs = ids.length > SLICE_WANTED ? Math.max(1000, widthMs / 2) : Math.min(widthMs * 4, DAY);
        end = start;
      }
    }
  }

  function daysOf({ day, cursor }: ListQuery): string[] {
    if (day !== undefined) return [day];
    const days: string[] = [];
    // A message is final a while after its acceptance, and is kept from then on.
    const newest = cursor === undefined ? clock.now() + DAY : timeOfMessageId(cursor);
    for (let at = newest; at > clock.now() - (rowDays + OPEN_DAYS) * DAY; at -= DAY) days.push(utcDay(at));
    return days;
  }

  return {
    async message(id) {
      const stored = await read(id);
      return stored && viewMessage(stored.head.head, await foreseen(stored));
    },

    async operation(id) {
      const stored = await read(id);
      return stored && viewOperation(id, deliveriesOf(stored));
    },

    async list(query) {
      const items: MessageSummaryView[] = [];
      const endsAt = clock.monotonic() + PAGE_MS;
      let looks = 0;
      let last = '';
      for await (const { ids, start } of slicesNewestFirst(daysOf(query), query.cursor, query)) {
        for (const group of groupsOf(ids)) {
          const isEnough = looks >= LOOKS_AT_MOST || clock.monotonic() >= endsAt;
          if (last !== '' && isEnough) return { items, cursor: last };
          looks += group.length;
          for (const stored of await Promise.all(group.map(async (id) => store.readMessage(id)))) {
            if (!stored || !isWanted(query, stored)) continue;
            if (items.length === query.limit) return { items, cursor: items.at(-1)!.id };
            items.push(viewSummary(stored.head.head, await foreseen(stored)));
          }
          last = group.at(-1)!;
        }
        last = start;
        if (clock.monotonic() >= endsAt) return { items, cursor: last };
      }
      return { items };
    },
  };
}

/** What the list of heads cannot tell: it stands in the deliveries, or is searched for. */
function isWanted({ status, tag, search }: ListQuery, stored: StoredMessage): boolean {
  const { head } = stored.head;
  const deliveries = deliveriesOf(stored);
  if (status !== undefined && statusOf(deliveries) !== status) return false;
  if (tag !== undefined && !head.tags.includes(tag)) return false;
  return search === undefined || matchesSearch(search, head, deliveries);
}

/** Some time of a day. */
interface Slice {
  /** Newest first. */
  readonly ids: readonly string[];
  /** The lowest id that it can have: a page that ends with it goes on below. */
  readonly start: string;
}

function* groupsOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let n = 0; n < ids.length; n += GROUP) yield ids.slice(n, n + GROUP);
}

/** Messages that are read at once. */
const GROUP = 16;
/** Messages that one page looks at: a rare status is found page by page, not in one request without end. */
const LOOKS_AT_MOST = 1000;
/** And so long it goes on, where Storage is slow: somebody waits for it. */
const PAGE_MS = 5000;
/** How long a message may take from acceptance to its final status, as a rule: a week in a room. */
const OPEN_DAYS = 7;

function deliveriesOf(stored: StoredMessage): readonly Delivery[] {
  return stored.deliveries.map((row) => row.delivery);
}
