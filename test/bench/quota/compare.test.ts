import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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

/** Each case takes seconds, on a machine that does much else a few times that. */
vi.setConfig({ testTimeout: 240_000 });

const LIMIT = 45;
const LONG_MS = 200_000;

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

test('every storage operation is counted: a counter needs two and more for each, leases less than one', async () => {
  // Up to a limit and not for a time: how much of one goes with the first lease is the machine's matter.
  const cases: Case[] = [
    { contender: 'counter', writers: 1, forMs: LONG_MS, limit: 10 },
    { contender: 'leases', writers: 2, forMs: LONG_MS, limit: 2000 },
    { contender: 'counter', writers: 2, forMs: LONG_MS, limit: 50 },
  ];
  const { connectionString } = storage;
  const results = await compare(cases, { connectionString, tablePrefix: 'counted', processes: 2 });
  const [alone, leases, counter] = results as [CaseResult, CaseResult, CaseResult];
  // The table, a read and a write for each of ten, and the read that finds it full.
  expect(alone).toMatchObject({ spent: 10, operations: 1 + 10 * 2 + 1 });
  expect([leases.spent, counter.spent]).toEqual([2000, 50]);
  expect(counter.operations / counter.spent).toBeGreaterThan(2);
  expect(leases.operations).toBeGreaterThan(0);
  expect(leases.operations / leases.spent).toBeLessThan(1);
});

test('the time box ends a case', async () => {
  const cases = (['leases', 'counter'] as const).map((contender): Case => {
    return { contender, writers: 2, forMs: 1000, limit: 1e12 };
  });
  const { connectionString } = storage;
  const results = await compare(cases, { connectionString, tablePrefix: 'boxed', processes: 2 });
  expect(results.map(({ full }) => full)).toEqual([0, 0]);
  expect(results.map(({ operations }) => operations > 0)).toEqual([true, true]);
  // And each has its figure, whatever it is.
  expect(results.map(({ perSecond, spent }) => perSecond > 0 === spent > 0)).toEqual([true, true]);
});
