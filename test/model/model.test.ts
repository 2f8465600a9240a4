import { expect, it } from 'vitest';
import { runModel } from './runModel.ts';

it('runs', async () => {
  const from = Number(process.env['HVE_MODEL_SEED'] ?? 1);
  const runs = Number(process.env['HVE_MODEL_RUNS'] ?? 100);
  const lines: string[] = [];
  const started = performance.now();
  let steps = 0; const by: Record<string, number[]> = {};
  for (let seed = from; seed < from + runs; seed++) {
    const run = await runModel({ seed, ...(runs === 1 ? { trace: (line: string) => lines.push(line) } : {}) });
    steps += run.world.count.steps;
    for (const v of run.violations) { (by[v.invariant + ' ' + v.text.replaceAll(/[0-9A-Z]{26}/g,'ID').replaceAll(/\d+/g,'N').slice(0,100)] ??= []).push(seed); }
  }
  console.log(lines.join('\n'));
  console.log(runs, 'runs', steps, 'steps', Math.round(performance.now() - started), 'ms');
  for (const [k, v] of Object.entries(by)) console.log(v.length, k, v.slice(0, 5));
  expect(1).toBe(1);
}, 600_000);
