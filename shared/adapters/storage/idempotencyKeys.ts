import { createHash } from 'node:crypto';
import type { IdempotencyKeys, KeyRecord } from '../../ports.ts';
import { Unavailable } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import type { Keys, NewRow, StoredRow } from './tableRows.ts';
import { numberIn, textIn } from './rowColumns.ts';
import { quoted } from './tableKeys.ts';

/** Others may replace an expired key at the same time; one of them succeeds each time. */
const CLAIMS_AT_MOST = 10;
const REMOVALS_AT_ONCE = 16;

/** Idempotency keys in the table `keys`, hashed: a producer's key may be long, and anything. */
export function makeIdempotencyKeys(deps: { readonly storage: StorageAccess }): IdempotencyKeys {
  const table = deps.storage.table('keys');
  return {
    async find(app, key, now) {
      const standing = await table.read(keysOf(app, key));
      if (standing === null) return null;
      const record = keyIn(standing);
      return record.expiresAt > now ? record : null;
    },

    async claim(key, now) {
      const row = rowOf(key);
      for (let n = 0; n < CLAIMS_AT_MOST; n++) {
        const claimed = await table.insert(row);
        if (claimed.inserted) return key;
        const standing = keyIn(claimed.standing);
        if (standing.expiresAt > now) return standing;
        if ((await table.update(row, claimed.standing.etag, 'Replace')) !== null) return key;
      }
      throw new Unavailable(
        `table ${table.name}, row ${row.rowKey}`,
        new Error(`it changed under ${CLAIMS_AT_MOST} claims in a row`),
      );
    },

    async removeExpired(firstShard, lastShard, now) {
      const [first, last] = [shardName(firstShard), shardName(lastShard)];
      const shards = `PartitionKey ge ${quoted(first)} and PartitionKey le ${quoted(last)}`;
      const filter = `${shards} and expiresAt le ${BigInt(Math.floor(now))}L`;
      let removed = 0;
      let group: StoredRow[] = [];
      const removeGroup = async (): Promise<void> => {
        // By their ETags: whoever claims an expired key at this moment keeps it.
        const results = await Promise.all(group.map(async (row) => table.remove(row, row.etag)));
        removed += results.filter(Boolean).length;
        group = [];
      };
      for await (const row of table.query({ filter, columns: [], newer: 'skip' })) {
        group.push(row);
        if (group.length === REMOVALS_AT_ONCE) await removeGroup();
      }
      await removeGroup();
      return removed;
    },
  };
}

function keysOf(app: string, key: string): Keys {
  const hash = createHash('sha256')
    .update(JSON.stringify([app, key]))
    .digest('hex');
  return { partitionKey: hash.slice(0, 2), rowKey: hash };
}

function rowOf(record: KeyRecord): NewRow {
  const { app, key, messageId, fingerprint, expiresAt } = record;
  const columns = { app, key, messageId, fingerprint, expiresAt: BigInt(Math.round(expiresAt)) };
  return { ...keysOf(app, key), columns };
}

/** Of 256: the first byte of the hash. */
function shardName(shard: number): string {
  return shard.toString(16).padStart(2, '0');
}

function keyIn({ columns }: StoredRow): KeyRecord {
  return {
    app: textIn(columns, 'app') ?? '',
    key: textIn(columns, 'key') ?? '',
    messageId: textIn(columns, 'messageId') ?? '',
    fingerprint: textIn(columns, 'fingerprint') ?? '',
    expiresAt: numberIn(columns, 'expiresAt') ?? 0,
  };
}
