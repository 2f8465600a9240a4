import type { Erasure, PruneRound } from '../../core/records.ts';
import type { RetentionNotes } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { packedJson } from './packed.ts';
import { inPartition } from './tableKeys.ts';
import type { Keys } from './tableRows.ts';

const ROUND_KEYS: Keys = { partitionKey: 'retention', rowKey: 'round' };
const ROUND = packedJson<PruneRound>('round');
const ERASURES = 'erasures';
const ERASURE = packedJson<Erasure>('erasure');

/** How far the pruning is, and what is to be erased, in the table `days`: `retention` / round, `erasures` / id. */
export function makeRetentionNotes(deps: { readonly storage: StorageAccess }): RetentionNotes {
  const table = deps.storage.table('days');

  async function write(row: Parameters<typeof table.insert>[0], etag: string | null): Promise<string | null> {
    if (etag !== null) return table.update(row, etag, 'Replace');
    const inserted = await table.insert(row);
    return inserted.inserted ? inserted.etag : null;
  }

  return {
    async readRound() {
      const row = await table.read(ROUND_KEYS);
      const value = row && ROUND.read(row.columns);
      return value && { value, etag: row.etag };
    },

    async writeRound(round, etag) {
      return (await write({ ...ROUND_KEYS, columns: ROUND.columnsOf(round) }, etag)) !== null;
    },

    async erasures() {
      const all: { readonly value: Erasure; readonly etag: string }[] = [];
      for await (const row of table.query({ filter: inPartition(ERASURES), newer: 'skip' })) {
        const value = ERASURE.read(row.columns);
        if (value) all.push({ value, etag: row.etag });
      }
      return all;
    },

    async writeErasure(erasure, etag) {
      const columns = ERASURE.columnsOf(erasure);
      return write({ partitionKey: ERASURES, rowKey: erasure.id, columns }, etag);
    },

    async removeErasure(id, etag) {
      return table.remove({ partitionKey: ERASURES, rowKey: id }, etag);
    },
  };
}
