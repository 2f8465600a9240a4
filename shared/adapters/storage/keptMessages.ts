/**
 * The table `messages` for whoever removes from it. A message's rows lie in one partition, so that each change of it is one
 * transaction; up to a hundred rows of many messages go together. Where a row of one has changed meanwhile, nothing of that
 * transaction was done, and its messages are tried each by itself.
 *
 * A transaction of the SDK passes on no ETag of a deletion. So rows are emptied by their ETags first, and removed then: what
 * is emptied nobody finds, and no write by an older ETag lands on it.
 */
import { everyPartitionOfDay, partitionOfMessage, rowKeyOf } from '../../core/messageId.ts';
import type { EmptiedMessage, KeptMessage, KeptMessages, Rewrite, StoredDelivery } from '../../ports.ts';
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
import type { Change, Keys, StoredRow } from './tableRows.ts';

const ROWS_PER_TRANSACTION = 100;
/** At once: enough that a run is not spent on waiting, few beside what sends. */
const TRANSACTIONS_AT_ONCE = 4;
const ID_LENGTH = 26;
const LAST_DELIVERY = 999;
/** Behind every partition of a day. */
const DAY_END = '-g';
/** A merge cannot remove a column. */
const NO_PAYLOAD = new Uint8Array();
const COLUMNS = [...HEAD_COLUMNS, ...STATE_COLUMNS, 'emptied'];

interface Job<T> {
  readonly of: T;
  readonly partitionKey: string;
  readonly changes: readonly Change[];
}

export function makeKeptMessages(deps: { readonly storage: StorageAccess }): KeptMessages {
  const table = deps.storage.table('messages');

  /** Null: it was not done. */
  async function transact(jobs: readonly Job<unknown>[]): Promise<readonly string[] | null> {
    const sent = await table.transact(
      jobs.flatMap(({ changes }) => changes),
      table.newToken(),
    );
    if (sent.done) return sent.etags;
    if (sent.doubt === 'lost') throw sent.error;
    // It may be our own first try that it conflicts with; whoever comes next finds what was done, and goes on from there.
    return null;
  }

  /** The jobs that were done, with their rows' new ETags. */
  async function doTogether<T>(jobs: readonly Job<T>[]): Promise<[Job<T>, readonly string[]][]> {
    const etags = await transact(jobs);
    if (etags !== null) {
      let from = 0;
      return jobs.map((job) => [job, etags.slice(from, (from += job.changes.length))]);
    }
    if (jobs.length === 1) return [];
    const done: [Job<T>, readonly string[]][] = [];
    for (const job of jobs) done.push(...(await doTogether([job])));
    return done;
  }

  async function doAll<T>(jobs: readonly Job<T>[]): Promise<[Job<T>, readonly string[]][]> {
    const transactions = together(jobs);
    const done: [Job<T>, readonly string[]][] = [];
    for (let n = 0; n < transactions.length; n += TRANSACTIONS_AT_ONCE) {
      const some = transactions.slice(n, n + TRANSACTIONS_AT_ONCE);
      done.push(...(await Promise.all(some.map(doTogether))).flat());
    }
    return done;
  }

  async function* scanPartition(
    partitionKey: string,
    rowKeys: string,
  ): AsyncGenerator<KeptMessage | EmptiedMessage> {
    let rows: StoredRow[] = [];
    const filter = `${inPartition(partitionKey)}${rowKeys}`;
    for await (const row of table.query({ filter, columns: COLUMNS, newer: 'skip' })) {
      if (rows[0] !== undefined && idOf(rows[0]) !== idOf(row)) {
        yield* messageOf(rows);
        rows = [];
      }
      rows.push(row);
    }
    yield* messageOf(rows);
  }

  return {
    async *days(from) {
      for (let bound = from === null ? "gt ''" : `ge ${quoted(`${from}-0`)}`; ;) {
        const filter = `PartitionKey ${bound}`;
        let day: string | null = null;
        for await (const row of table.query({ filter, columns: [], newer: 'include', pageSize: 1 })) {
          day = row.partitionKey.slice(0, DAY_LENGTH);
          break;
        }
        if (day === null) return;
        yield day;
        bound = `gt ${quoted(day + DAY_END)}`;
      }
    },

    async *scan(day, after) {
      const first = after === null ? '' : partitionOfMessage(after);
      for (const partitionKey of everyPartitionOfDay(day)) {
        if (partitionKey < first) continue;
        const behind = partitionKey === first && after !== null;
        const rowKeys = behind ? ` and RowKey gt ${quoted(rowKeyOf(after, LAST_DELIVERY))}` : '';
        yield* scanPartition(partitionKey, rowKeys);
      }
    },

    async read(id) {
      const { partitionKey, rowKey } = keysOf(id, 0);
      const rowKeys = ` and ${rowKeysBetween(rowKey, rowKeyOf(id, LAST_DELIVERY))}`;
      for await (const message of scanPartition(partitionKey, rowKeys)) {
        return message.head === null ? null : message;
      }
      return null;
    },

    async rewrite(rewrites) {
      const done = await doAll(rewrites.map(jobOfRewrite));
      return done.map(([{ of }, etags]) => rewritten(of, etags));
    },

    async empty(messages) {
      const done = await doAll(
        messages.map((kept): Job<KeptMessage> => {
          const changes = rowsOf(kept).map(({ delivery, etag }): Change => {
            const row = { ...keysOf(kept.id, delivery), columns: { emptied: true } };
            return { kind: 'update', row, etag, mode: 'Replace' };
          });
          return { of: kept, partitionKey: partitionOfMessage(kept.id), changes };
        }),
      );
      return done.map(([{ of }]) => ({
        id: of.id,
        head: null,
        rows: rowsOf(of).map(({ delivery }) => delivery),
      }));
    },

    async clear(messages) {
      const jobs = messages.map((emptied): Job<EmptiedMessage> => {
        const changes = emptied.rows.map((delivery): Change => ({
          kind: 'delete',
          row: keysOf(emptied.id, delivery),
        }));
        return { of: emptied, partitionKey: partitionOfMessage(emptied.id), changes };
      });
      const done = new Set((await doAll(jobs)).map(([job]) => job));
      // Somebody else cleared a part of them: the rest goes row by row.
      for (const job of jobs.filter((one) => !done.has(one))) {
        for (const { row } of job.changes) await table.remove(row, null);
      }
    },
  };
}

const DAY_LENGTH = 10;

function idOf({ rowKey }: Keys): string {
  return rowKey.slice(0, ID_LENGTH);
}

/** Nothing where the head is of a newer version: then its deliveries are left alone too. */
function* messageOf(rows: readonly StoredRow[]): Generator<KeptMessage | EmptiedMessage> {
  const [first] = rows;
  if (first === undefined) return;
  const id = idOf(first);
  const head = first.rowKey === id ? (headIn(first.columns)?.head ?? null) : null;
  if (head !== null) {
    const deliveries = rows.flatMap((row): StoredDelivery[] => {
      const stored = deliveryIn(row);
      return stored === null ? [] : [{ ...stored, head: null }];
    });
    yield { id, head, etag: first.etag, deliveries };
  } else if (rows.every(({ columns }) => columns['emptied'] === true)) {
    yield { id, head, rows: rows.map(({ rowKey }) => numberOf(rowKey)) };
  }
}

function numberOf(rowKey: string): number {
  return rowKey.length === ID_LENGTH ? 0 : Number(rowKey.slice(ID_LENGTH + 1));
}

/** All rows of a message. */
function rowsOf({
  head,
  etag,
  deliveries,
}: KeptMessage): { readonly delivery: number; readonly etag: string }[] {
  const own = deliveries.map((row) => ({ delivery: row.delivery.delivery, etag: row.etag }));
  return head.parts === 0 ? own : [{ delivery: 0, etag }, ...own];
}

function jobOfRewrite(rewrite: Rewrite): Job<Rewrite> {
  const { kept, head, deliveries } = rewrite;
  const columns = headColumns({ head, payload: NO_PAYLOAD });
  const isSplit = kept.head.parts > 0;
  const changes = kept.deliveries.map((stored, n): Change => {
    const next = deliveries[n]!;
    // A row that stays as it is takes part all the same: by its ETag.
    const state = next === stored.delivery ? { status: next.status } : deliveryColumns(next);
    const row = {
      ...keysOf(kept.id, next.delivery),
      columns: isSplit ? state : { ...columns, ...state },
    };
    return { kind: 'update', row, etag: stored.etag, mode: 'Merge' };
  });
  if (isSplit) {
    changes.unshift({
      kind: 'update',
      row: { ...keysOf(kept.id, 0), columns },
      etag: kept.etag,
      mode: 'Merge',
    });
  }
  return { of: rewrite, partitionKey: partitionOfMessage(kept.id), changes };
}

function rewritten({ kept, head, deliveries }: Rewrite, etags: readonly string[]): KeptMessage {
  const own = kept.head.parts > 0 ? etags.slice(1) : etags;
  return {
    id: kept.id,
    head,
    etag: etags[0]!,
    deliveries: deliveries.map((delivery, n) => ({ delivery, etag: own[n]!, head: null })),
  };
}

/** In transactions: of one partition, as many as fit. A message is never in two. */
function together<T>(jobs: readonly Job<T>[]): Job<T>[][] {
  return [...Map.groupBy(jobs, ({ partitionKey }) => partitionKey).values()].flatMap((ofPartition) => {
    const transactions: Job<T>[][] = [];
    let room = 0;
    for (const job of ofPartition) {
      if (job.changes.length > room) {
        transactions.push([]);
        room = ROWS_PER_TRANSACTION;
      }
      transactions.at(-1)!.push(job);
      room -= job.changes.length;
    }
    return transactions;
  });
}
