/** The model test: half of the runs; the other half runs beside it. How to have more, and to replay one: randomRuns.ts. */
import { expect, it } from 'vitest';
import { runAll, runsOfPart } from './randomRuns.ts';

it('keeps every promise in every run, whatever fails', { timeout: 3_600_000 }, async () => {
  expect(await runAll(runsOfPart(0, 2))).toBeNull();
});
