import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Case, CaseResult } from '../../../bench/quota/compare.ts';
import { compare } from '../../../bench/quota/compare.ts';
import { startStorage } from '../../../bench/startStorage.ts';
import type { Azurite } from '../../../local/azurite.ts';

/** Its clock is far from the turn of a window: a limit is one limit here. */
let storage: Azurite;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(async () => storage.stop());

const LIMIT = 45;
const LONG_MS = 60_000;

test('each way spends a small limit to its last recipient and not one more, and each writer is told', async () => {
  const cases = (['counter', 'patient', 'shards', 'leases'] as const).map((contender): Case => {
    return { contender, writers: 6, forMs: LONG_MS, limit: LIMIT };
  });
  const { connectionString } = storage;
  const results = await compare(cases, { connectionString, tablePrefix: 'small', processes: 2 });
  expect(results.map(({ contender, spent, full }) => [contender, spent, full])).toEqual([
    ['counter', LIMIT, 6],
    ['patient', LIMIT, 6],
    ['shards', LIMIT, 6],
    ['leases', LIMIT, 6],
  ]);
});

test('every storage operation is counted, and the time box ends a case', async () => {
  const many: Pick<Case, 'forMs' | 'limit'> = { forMs: 1000, limit: 1e12 };
  const cases: Case[] = [
    { contender: 'counter', writers: 1, forMs: LONG_MS, limit: 10 },
    { contender: 'leases', writers: 2, ...many },
    { contender: 'counter', writers: 2, ...many },
  ];
  const { connectionString } = storage;
  const results = await compare(cases, { connectionString, tablePrefix: 'boxed', processes: 2 });
  const [alone, leases, counter] = results as [CaseResult, CaseResult, CaseResult];
  // The table, a read and a write for each of ten, and the read that finds it full.
  expect(alone).toMatchObject({ spent: 10, operations: 1 + 10 * 2 + 1 });
  expect(leases.full + counter.full).toBe(0);
  expect(leases.operations).toBeGreaterThan(0);
  expect(counter.operations / counter.spent).toBeGreaterThan(2);
  // On a machine under load most of a second goes with the first lease; how far they are apart is the benchmark's matter.
  expect(leases.operations / leases.spent).toBeLessThan(1);
  expect(leases.perSecond).toBeGreaterThan(counter.perSecond);
});
