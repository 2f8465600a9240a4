import { STATE_VERSION } from '../../core/delivery.ts';
import type { WaitingRow } from '../../core/rooms.ts';
import type { WaitingRooms } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { decodeKey, encodeKey, inPartition, quoted } from './tableKeys.ts';
import type { Keys, StoredRow } from './tableRows.ts';
import { numberIn, textIn } from './rowColumns.ts';

/**
 * Waiting rows in the table `waiting`: a partition for each room, in it the room's order. Rows of a newer version are passed
 * over: a room must not stand still because of one.
 */
export function makeWaitingRooms(deps: { readonly storage: StorageAccess }): WaitingRooms {
  const table = deps.storage.table('waiting');
  return {
    async put(row) {
      const { id, delivery, attempt, recipients, external } = row;
      const writtenAt = BigInt(Math.round(row.writtenAt));
      const columns = { id, delivery, attempt, recipients, external, writtenAt };
      await table.put({ ...keysOf(row), columns }, (standing) => waitingRow(standing).attempt <= attempt);
    },

    async has(room, key) {
      return (await table.read(keysOf({ room, key }))) !== null;
    },

    async front(room) {
      const rows = table.query({ filter: inPartition(encodeKey(room)), newer: 'skip', pageSize: 1 });
      for await (const row of rows) return waitingRow(row);
      return null;
    },

    async *walk(room) {
      for await (const row of table.query({ filter: inPartition(encodeKey(room)), newer: 'skip' })) {
        yield { row: waitingRow(row), etag: row.etag };
      }
    },

    async remove(row, etag) {
      return table.remove(keysOf(row), etag);
    },

    async *rooms() {
      // From partition to partition: the number of rooms is small, that of their rows is not.
      for (let last = ''; ;) {
        const rows = table.query({
          filter: `PartitionKey gt ${quoted(last)} and v le ${STATE_VERSION}`,
          columns: [],
          newer: 'skip',
          pageSize: 1,
        });
        let found: string | null = null;
        for await (const row of rows) {
          found = row.partitionKey;
          break;
        }
        if (found === null) return;
        yield decodeKey(found);
        last = found;
      }
    },
  };
}

function keysOf(row: Pick<WaitingRow, 'room' | 'key'>): Keys {
  return { partitionKey: encodeKey(row.room), rowKey: encodeKey(row.key) };
}

function waitingRow(stored: StoredRow): WaitingRow {
  const { columns } = stored;
  return {
    room: decodeKey(stored.partitionKey),
    key: decodeKey(stored.rowKey),
    id: textIn(columns, 'id') ?? '',
    delivery: numberIn(columns, 'delivery') ?? 0,
    attempt: numberIn(columns, 'attempt') ?? 0,
    recipients: numberIn(columns, 'recipients') ?? 0,
    external: numberIn(columns, 'external') ?? 0,
    writtenAt: numberIn(columns, 'writtenAt') ?? 0,
  };
}
