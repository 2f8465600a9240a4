/** The one counter once more, with a pause after each try that somebody else was quicker at: doubled each time, with jitter. */
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenContender } from './contender.ts';
import { makeCounterRow, openCounterTable } from './counterRow.ts';

const PAUSE_MS = 5;
const PAUSE_AT_MOST_MS = 2000;

export const openPatientCounter: OpenContender = async ({ connectionString, tablePrefix, limit }) => {
  const row = makeCounterRow(await openCounterTable(connectionString, `${tablePrefix}counter`), 'all');
  return {
    async spend(isOver) {
      for (let tries = 0; !isOver(); tries++) {
        const tried = await row.tryToSpend(limit);
        if (tried !== 'beaten') return tried;
        await pause(Math.random() * Math.min(PAUSE_MS * 2 ** tries, PAUSE_AT_MOST_MS));
      }
      return 'late';
    },
    close: async () => undefined,
  };
};
