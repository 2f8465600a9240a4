/** One row with what was used, changed by compare-and-swap. */
import type { TableClient } from '@azure/data-tables';
import { RestError, TableClient as Client } from '@azure/data-tables';

export interface CounterRow {
  /** One read, and a write if there is room. `beaten`: somebody else wrote between the two. */
  tryToSpend(limit: number): Promise<'spent' | 'full' | 'beaten'>;
}

const PARTITION = 'counter';
const NOT_FOUND = 404;
/** The row stands already (409), or has changed since it was read (412). */
const CONFLICTS: ReadonlySet<unknown> = new Set([409, 412]);

/** The table is made if it is not there. */
export async function openCounterTable(connectionString: string, tableName: string): Promise<TableClient> {
  const table = Client.fromConnectionString(connectionString, tableName, { allowInsecureConnection: true });
  await table.createTable();
  return table;
}

export function makeCounterRow(table: TableClient, rowKey: string): CounterRow {
  async function read(): Promise<{ readonly used: number; readonly etag: string } | null> {
    try {
      const { used, etag } = await table.getEntity<{ used: number }>(PARTITION, rowKey);
      return { used, etag };
    } catch (error) {
      if (error instanceof RestError && error.statusCode === NOT_FOUND) return null;
      throw error;
    }
  }

  return {
    async tryToSpend(limit) {
      const row = await read();
      const used = row?.used ?? 0;
      if (used + 1 > limit) return 'full';
      const next = { partitionKey: PARTITION, rowKey, used: used + 1 };
      try {
        if (row === null) await table.createEntity(next);
        else await table.updateEntity(next, 'Replace', { etag: row.etag });
        return 'spent';
      } catch (error) {
        if (error instanceof RestError && CONFLICTS.has(error.statusCode)) return 'beaten';
        throw error;
      }
    },
  };
}
