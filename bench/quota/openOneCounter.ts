/** The plain way: one counter for all, read and written back by its ETag, again at once where somebody else was quicker. */
import type { OpenContender } from './contender.ts';
import { makeCounterRow, openCounterTable } from './counterRow.ts';

export const openOneCounter: OpenContender = async ({ connectionString, tablePrefix, limit }) => {
  const row = makeCounterRow(await openCounterTable(connectionString, `${tablePrefix}counter`), 'all');
  return {
    async spend(isOver) {
      while (!isOver()) {
        const tried = await row.tryToSpend(limit);
        if (tried !== 'beaten') return tried;
      }
      return 'late';
    },
    close: async () => undefined,
  };
};
