import type { Delivery } from '../../core/delivery.ts';
import { partitionsOfDay } from '../../core/messageId.ts';
import type { MessageFilter, MessageStore, StoredDelivery, StoredHead } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import {
  deliveryColumns,
  deliveryIn,
  HEAD_COLUMNS,
  headColumns,
  headIn,
  keysOf,
  STATE_COLUMNS,
} from './messageRows.ts';
import { inPartition, quoted, rowKeysBetween } from './tableKeys.ts';
import type { Change, StoredRow } from './tableRows.ts';

/** Deliveries are numbered with three digits, which sort behind the id itself. */
const LAST_DELIVERY = 999;

/** Messages in the table `messages`: one operation for each call, whatever the message's size; a page each for scans. */
export function makeMessageStore(deps: { readonly storage: StorageAccess }): MessageStore {
  const table = deps.storage.table('messages');

  async function rowsOf(id: string, columns?: readonly string[]): Promise<StoredRow[]> {
    const { partitionKey } = keysOf(id, 0);
    const keys = rowKeysBetween(id, keysOf(id, LAST_DELIVERY).rowKey);
    const filter = `${inPartition(partitionKey)} and ${keys}`;
    const rows: StoredRow[] = [];
    for await (const row of table.query({ filter, newer: 'throw', ...(columns && { columns }) }))
      rows.push(row);
    return rows;
  }

  async function insertSplit(
    message: StoredHead,
    deliveries: readonly Delivery[],
  ): Promise<Awaited<ReturnType<MessageStore['insert']>>> {
    const { id } = message.head;
    const token = table.newToken();
    const changes: Change[] = [
      { kind: 'insert', row: { ...keysOf(id, 0), columns: headColumns(message) } },
      ...deliveries.map((delivery): Change => {
        return {
          kind: 'insert',
          row: { ...keysOf(id, delivery.delivery), columns: deliveryColumns(delivery) },
        };
      }),
    ];
    const sent = await table.transact(changes, token);
    if (sent.done) return { inserted: true, etags: sent.etags.slice(1) };
    // R1. The head's row is written once, so its token tells who inserted the message.
    const rows = await rowsOf(id, ['token']);
    const [head, ...parts] = rows;
    if (head === undefined) throw sent.error;
    if (head.columns['token'] !== token) return { inserted: false };
    return { inserted: true, etags: parts.map((row) => row.etag) };
  }

  /**
   * R1, after a transaction that conflicted or whose answer was lost: one row with our token tells that it was done, since
   * it was all or nothing. Where every row stands as it was read it may still land: nothing may be concluded.
   */
  async function wasDone(
    id: string,
    expected: ReadonlyMap<string, string>,
    token: string,
    error: Error,
  ): Promise<boolean> {
    const rows = await rowsOf(id, ['token']);
    if (rows.some((row) => row.columns['token'] === token)) return true;
    const unchanged = rows.filter((row) => expected.get(row.rowKey) === row.etag);
    if (unchanged.length === expected.size) throw error;
    return false;
  }

  return {
    async insert(message, deliveries) {
      const [only] = deliveries;
      if (only === undefined || only.delivery !== 0) return insertSplit(message, deliveries);
      const inserted = await table.insert({
        ...keysOf(only.id, 0),
        columns: { ...headColumns(message), ...deliveryColumns(only) },
      });
      return inserted.inserted ? { inserted: true, etags: [inserted.etag] } : { inserted: false };
    },

    async readDelivery(id, delivery) {
      const row = await table.read(keysOf(id, delivery));
      return row && deliveryIn(row);
    },

    async readHead(id) {
      const row = await table.read(keysOf(id, 0));
      return row && headIn(row.columns);
    },

    async readMessage(id) {
      const rows = await rowsOf(id);
      const head = rows[0] && headIn(rows[0].columns);
      if (!head) return null;
      return { head, deliveries: rows.flatMap((row) => deliveryIn(row) ?? []) };
    },

    async replace(next, etag) {
      // A merge: the head and the payload in the same row stay, and are not sent again.
      const row = { ...keysOf(next.id, next.delivery), columns: deliveryColumns(next) };
      return table.update(row, etag, 'Merge');
    },

    async replaceAll(changes) {
      const [first] = changes;
      if (first === undefined) return true;
      const token = table.newToken();
      const sent = await table.transact(
        changes.map(({ next, etag }): Change => {
          const row = { ...keysOf(next.id, next.delivery), columns: deliveryColumns(next) };
          return { kind: 'update', row, etag, mode: 'Merge' };
        }),
        token,
      );
      if (sent.done) return true;
      const expected = new Map(
        changes.map(({ next, etag }) => [keysOf(next.id, next.delivery).rowKey, etag]),
      );
      return wasDone(first.next.id, expected, token, sent.error);
    },

    async recordAnew(message, deliveries, etag) {
      const { id } = message.head;
      const head = keysOf(id, 0);
      const parts = deliveries.filter(({ delivery }) => delivery !== 0);
      const only = parts.length === 0 ? deliveries[0] : undefined;
      const token = table.newToken();
      const columns = { ...headColumns(message), ...(only && deliveryColumns(only)) };
      const sent = await table.transact(
        [
          // Replaced, not merged: nothing of the rejected row stays.
          { kind: 'update', row: { ...head, columns }, etag, mode: 'Replace' },
          ...parts.map((delivery): Change => {
            const row = { ...keysOf(id, delivery.delivery), columns: deliveryColumns(delivery) };
            return { kind: 'insert', row };
          }),
        ],
        token,
      );
      if (sent.done) return true;
      return wasDone(id, new Map([[head.rowKey, etag]]), token, sent.error);
    },

    async *scanDay(day, only) {
      const moving = only === 'moving' ? " and (status eq 'queued' or status eq 'sending')" : '';
      // A newer version's rows are left alone, but whoever counts must not think that it has seen all.
      const rows = table.query({
        filter: inDay(day) + moving,
        columns: STATE_COLUMNS,
        newer: 'throwAtEnd',
      });
      for await (const row of rows) {
        const stored: StoredDelivery | null = deliveryIn(row);
        if (stored !== null) yield stored;
      }
    },

    async *listHeads(day, from, below, filter) {
      const keys = `RowKey ge ${quoted(from)} and RowKey lt ${quoted(below)}`;
      const rows = table.query({
        filter: `${inDay(day)} and ${keys} and isHead eq true${columnsEqual(filter)}`,
        columns: HEAD_COLUMNS,
        newer: 'skip',
      });
      for await (const row of rows) {
        const head = headIn(row.columns)?.head;
        // Table Storage knows no "contains".
        if (head && (filter.tag === undefined || head.tags.includes(filter.tag))) yield head;
      }
    },
  };
}

function inDay(day: string): string {
  const { first, last } = partitionsOfDay(day);
  return `PartitionKey ge ${quoted(first)} and PartitionKey le ${quoted(last)}`;
}

function columnsEqual(filter: MessageFilter): string {
  return (['app', 'reference', 'idempotencyKey'] as const)
    .map((column) => {
      const value = filter[column];
      return value === undefined ? '' : ` and ${column} eq ${quoted(value)}`;
    })
    .join('');
}
