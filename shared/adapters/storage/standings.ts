import type { Standing } from '../../core/records.ts';
import type { Standings } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { packedJson } from './packed.ts';
import { encodeKey, inPartition } from './tableKeys.ts';

const PARTITION = 'accounts';
const STANDING = packedJson<Standing>('standing');

/** Accounts, the tenant and external in the table `accounts`. */
export function makeStandings(deps: { readonly storage: StorageAccess }): Standings {
  const table = deps.storage.table('accounts');
  return {
    async readAll() {
      // A newer version's row may say that everything is paused: without it nothing is known.
      const standings: { readonly value: Standing; readonly etag: string }[] = [];
      for await (const { columns, etag } of table.query({ filter: inPartition(PARTITION), newer: 'throw' })) {
        const value = STANDING.read(columns);
        if (value !== null) standings.push({ value, etag });
      }
      return standings;
    },

    async replace(standing, etag) {
      const row = {
        partitionKey: PARTITION,
        rowKey: encodeKey(standing.name),
        columns: {
          ...STANDING.columnsOf(standing),
          trouble: standing.trouble?.action ?? '',
          until: BigInt(Math.round(standing.trouble?.until ?? 0)),
          isPausedByPerson: standing.pausedByPerson !== null,
        },
      };
      if (etag === null) return (await table.insert(row)).inserted;
      return (await table.update(row, etag, 'Replace')) !== null;
    },
  };
}
