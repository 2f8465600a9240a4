/** The other half of the runs of model.test.ts: two files use two cores. */
import { expect, it } from 'vitest';
import { runAll, runsOfPart } from './randomRuns.ts';

it('keeps every promise in every other run, whatever fails', { timeout: 3_600_000 }, async () => {
  expect(await runAll(runsOfPart(1, 2))).toBeNull();
});
