/**
 * The counter cut into 16 rows, each with its share of the limit: a random one is tried first, another random one where
 * somebody else was quicker, and the others as well where it is full.
 */
import type { OpenContender } from './contender.ts';
import { makeCounterRow, openCounterTable } from './counterRow.ts';

const SHARDS = 16;

export const openShards: OpenContender = async ({ connectionString, tablePrefix, limit }) => {
  const table = await openCounterTable(connectionString, `${tablePrefix}shards`);
  const shards = Array.from({ length: SHARDS }, (_, n) => ({
    row: makeCounterRow(table, `shard${n}`),
    limit: Math.floor(limit / SHARDS) + (n < limit % SHARDS ? 1 : 0),
  }));
  return {
    async spend(isOver) {
      // Nothing ever goes back: what is full stays full.
      const open = [...shards];
      while (open.length > 0) {
        if (isOver()) return 'late';
        const at = Math.floor(Math.random() * open.length);
        const shard = open[at]!;
        const tried = await shard.row.tryToSpend(shard.limit);
        if (tried === 'spent') return tried;
        if (tried === 'full') open.splice(at, 1);
      }
      return 'full';
    },
    close: async () => undefined,
  };
};
