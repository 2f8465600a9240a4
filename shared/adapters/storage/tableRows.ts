/**
 * Rows of one table with what every write needs (R1, R10): each carries `v` and a random token; after a conflict or a lost
 * answer the row is read again, and our own token means that the write was done. The SDK repeats by itself, so even a
 * plain conflict may be our own first try.
 *
 * Failures: `Unavailable` where nothing can be concluded, `NewerVersion` where a newer version wrote the row. A missing table is
 * made once and the operation repeated; in Azure the deployment has made it.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { STATE_VERSION } from '../../core/delivery.ts';
import type { Chance } from '../../ports.ts';
import { NewerVersion } from '../../ports.ts';
import type { Columns, StoredColumns } from './rowColumns.ts';
import { numberIn } from './rowColumns.ts';
import { isConflict, isLost, isMissing, isStoreMissing, unavailable } from './storageErrors.ts';

export interface Keys {
  readonly partitionKey: string;
  readonly rowKey: string;
}
export interface NewRow extends Keys {
  readonly columns: Columns;
}
export interface StoredRow extends Keys {
  readonly etag: string;
  readonly columns: StoredColumns;
}
/** `Merge` leaves the columns that are not given, `Replace` removes them. */
export type UpdateMode = 'Merge' | 'Replace';
export type Change =
  | { readonly kind: 'insert'; readonly row: NewRow }
  | { readonly kind: 'update'; readonly row: NewRow; readonly etag: string; readonly mode: UpdateMode }
  /** Whatever stands there; one that has gone is a conflict. The SDK passes no ETag of a deletion on to a transaction. */
  | { readonly kind: 'delete'; readonly row: Keys };

export type Inserted =
  | { readonly inserted: true; readonly etag: string }
  | { readonly inserted: false; readonly standing: StoredRow };

/** `doubt`: no answer came, or it was refused; whether it was done (by an earlier try) only the rows tell. */
export type Transacted =
  | { readonly done: true; readonly etags: readonly string[] }
  | { readonly done: false; readonly doubt: 'conflict' | 'lost'; readonly error: Error };

export interface Query {
  readonly filter: string;
  /** Default: all. */
  readonly columns?: readonly string[];
  /** What happens to rows that a newer version wrote. `throwAtEnd`: after all others. `include`: only their keys are looked at. */
  readonly newer: 'skip' | 'throw' | 'throwAtEnd' | 'include';
  readonly pageSize?: number;
}

export interface TableRows {
  readonly name: string;
  /** Whatever version wrote it is checked. Null: there is none. */
  read(keys: Keys): Promise<StoredRow | null>;
  insert(row: NewRow): Promise<Inserted>;
  /** Compare-and-swap. The new ETag, or null: the row has changed or gone. */
  update(row: NewRow, etag: string, mode: UpdateMode): Promise<string | null>;
  /** Inserts, or replaces what may be replaced; one operation where nothing stands there. */
  put(row: NewRow, mayReplace: (standing: StoredRow) => boolean): Promise<void>;
  /** Whatever stands there. */
  upsert(row: NewRow): Promise<void>;
  /** `etag` null: whatever stands there. False: it has changed and stays. One that has gone counts as removed. */
  remove(keys: Keys, etag: string | null): Promise<boolean>;
  /** All or nothing, in one partition, at most 100 rows; every row that stays gets the token. A deleted one's ETag is empty. */
  transact(changes: readonly Change[], token: string): Promise<Transacted>;
  /** Sorted by partition and row key. */
  query(query: Query): AsyncIterable<StoredRow>;
  newToken(): string;
}

/** Others may write or remove the row at the same time; one of them succeeds each time. */
const PUTS_AT_MOST = 10;
const TOKEN_BYTES = 9;
/** What Table Storage answers at most in a page. */
const PAGE_ROWS = 1000;

export function makeTableRows(client: TableClient, chance: Pick<Chance, 'bytes'>): TableRows {
  const name = client.tableName;
  let creating: Promise<void> | null = null;

  const nameOf = (keys: Keys): string => `table ${name}, row ${keys.partitionKey} / ${keys.rowKey}`;
  const newToken = (): string => Buffer.from(chance.bytes(TOKEN_BYTES)).toString('base64url');

  async function createOnce(): Promise<void> {
    creating ??= client.createTable();
    try {
      await creating;
    } finally {
      creating = null;
    }
  }

  /** Throws the SDK's error. */
  async function withTable<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      if (!isStoreMissing(error)) throw error;
      await createOnce();
      return operation();
    }
  }

  async function read(keys: Keys): Promise<StoredRow | null> {
    try {
      const entity = await withTable(async () => client.getEntity(keys.partitionKey, keys.rowKey));
      return checkVersion(storedRow(entity), nameOf(keys));
    } catch (error) {
      if (error instanceof NewerVersion) throw error;
      if (isMissing(error)) return null;
      throw unavailable(nameOf(keys), error);
    }
  }

  async function readPage(query: Query, continuationToken: string | undefined) {
    const { filter, columns, pageSize = PAGE_ROWS } = query;
    const select = columns && ['partitionKey', 'rowKey', 'v', ...columns];
    const pages = client
      .listEntities({ queryOptions: { filter, ...(select && { select }) } })
      .byPage({ maxPageSize: pageSize, ...(continuationToken && { continuationToken }) });
    for await (const page of pages) return page;
    return null;
  }

  async function update(row: NewRow, etag: string, mode: UpdateMode): Promise<string | null> {
    const token = newToken();
    try {
      const updated = await withTable(async () => client.updateEntity(entityOf(row, token), mode, { etag }));
      return updated.etag!;
    } catch (error) {
      if (!isConflict(error) && !isLost(error)) throw unavailable(nameOf(row), error);
      const standing = await read(row);
      if (standing?.columns['token'] === token) return standing.etag;
      // Unchanged: a write whose answer was lost may still land, so nothing may be concluded.
      if (standing?.etag === etag) throw unavailable(nameOf(row), error);
      return null;
    }
  }

  return {
    name,
    newToken,
    read,
    update,

    async insert(row) {
      const token = newToken();
      try {
        const { etag } = await withTable(async () => client.createEntity(entityOf(row, token)));
        return { inserted: true, etag: etag! };
      } catch (error) {
        if (!isConflict(error) && !isLost(error)) throw unavailable(nameOf(row), error);
        const standing = await read(row);
        // Not there: it may still land, or was removed meanwhile.
        if (standing === null) throw unavailable(nameOf(row), error);
        if (standing.columns['token'] === token) return { inserted: true, etag: standing.etag };
        return { inserted: false, standing };
      }
    },

    async put(row, mayReplace) {
      for (let n = 0; n < PUTS_AT_MOST; n++) {
        const token = newToken();
        try {
          await withTable(async () => client.createEntity(entityOf(row, token)));
          return;
        } catch (error) {
          if (!isConflict(error) && !isLost(error)) throw unavailable(nameOf(row), error);
        }
        const standing = await read(row);
        // Removed in between, or not there yet.
        if (standing === null) continue;
        if (standing.columns['token'] === token || !mayReplace(standing)) return;
        if ((await update(row, standing.etag, 'Replace')) !== null) return;
      }
      throw unavailable(nameOf(row), new Error(`it changed under ${PUTS_AT_MOST} writes in a row`));
    },

    async upsert(row) {
      try {
        await withTable(async () => client.upsertEntity(entityOf(row, newToken()), 'Replace'));
      } catch (error) {
        throw unavailable(nameOf(row), error);
      }
    },

    async remove(keys, etag) {
      try {
        await client.deleteEntity(keys.partitionKey, keys.rowKey, etag === null ? {} : { etag });
        return true;
      } catch (error) {
        if (isMissing(error)) return true;
        if (isConflict(error)) return false;
        throw unavailable(nameOf(keys), error);
      }
    },

    async transact(changes, token) {
      const actions = changes.map((change): TransactionAction => {
        if (change.kind === 'delete') return ['delete', { ...change.row }];
        const entity = entityOf(change.row, token);
        return change.kind === 'insert'
          ? ['create', entity]
          : ['update', entity, change.mode, { etag: change.etag }];
      });
      try {
        const { subResponses } = await withTable(async () => client.submitTransaction(actions));
        return { done: true, etags: subResponses.map((response) => response.etag ?? '') };
      } catch (error) {
        const trouble = unavailable(nameOf(changes[0]!.row), error);
        if (isConflict(error)) return { done: false, doubt: 'conflict', error: trouble };
        if (isLost(error)) return { done: false, doubt: 'lost', error: trouble };
        throw trouble;
      }
    },

    async *query(query) {
      let continuationToken: string | undefined;
      let newer: NewerVersion | null = null;
      do {
        const page = await withTable(async () => readPage(query, continuationToken)).catch(
          (error: unknown) => {
            throw unavailable(`table ${name}, query`, error);
          },
        );
        for (const entity of page ?? []) {
          const row = storedRow(entity);
          if (query.newer === 'include' || isReadable(row)) yield row;
          else if (query.newer === 'throw') checkVersion(row, nameOf(row));
          else newer ??= new NewerVersion(nameOf(row));
        }
        continuationToken = page?.continuationToken;
      } while (continuationToken);
      if (newer !== null && query.newer === 'throwAtEnd') throw newer;
    },
  };
}

function entityOf(row: NewRow, token: string): Keys & Record<string, unknown> {
  return { ...row.columns, v: STATE_VERSION, token, partitionKey: row.partitionKey, rowKey: row.rowKey };
}

function storedRow(entity: { partitionKey?: string; rowKey?: string; etag?: string }): StoredRow {
  const { partitionKey = '', rowKey = '', etag = '', ...columns } = entity;
  return { partitionKey, rowKey, etag, columns };
}

function isReadable(row: StoredRow): boolean {
  return (numberIn(row.columns, 'v') ?? 0) <= STATE_VERSION;
}

function checkVersion(row: StoredRow, what: string): StoredRow {
  if (!isReadable(row)) throw new NewerVersion(what);
  return row;
}
