import { expect, it } from 'vitest';
import { operationsBound } from './operationsBound.ts';
import { runModel } from './runModel.ts';

it('runs', async () => {
  const from = Number(process.env['HVE_MODEL_SEED'] ?? 1);
  const runs = Number(process.env['HVE_MODEL_RUNS'] ?? 100);
  const lines: string[] = [];
  const started = performance.now();
  let steps = 0; const stats: Record<string, number> = {}; const add=(k:string,n=1)=>{stats[k]=(stats[k]??0)+n;}; let worst=0; const by: Record<string, number[]> = {};
  for (let seed = from; seed < from + runs; seed++) {
    const run = await runModel({ seed, ...(runs === 1 ? { trace: (line: string) => lines.push(line) } : {}) });
    steps += run.world.count.steps;
    for (const row of run.world.messages.rows.values()) if (row.delivery) { add('status '+row.delivery.status); if (row.delivery.unknownSpends>0) add('with unknown'); add('attempts', row.delivery.attempt); if (row.delivery.identities.length>1) add('several identities'); }
    add('repeats', run.world.hve.passages.length - new Set(run.world.hve.passages.map((p)=>p.identity.messageId)).size);
    for (const k of ['sweeps','taken','faults','crashes','accepts','operations','rowWrites'] as const) add(k, run.world.count[k]);
    for (const l of run.world.logLines) { const m = /takes|could not be recorded|ended without a word|overdue|probes|over$|recipients go on|given up|comes again/.exec(l); if (m) add('log '+m[0]); }
    worst = Math.max(worst, run.world.count.operations / operationsBound(run.world));
    for (const v of run.violations) { (by[v.invariant + ' ' + v.text.replaceAll(/[0-9A-Z]{26}/g,'ID').replaceAll(/\d+/g,'N').slice(0,100)] ??= []).push(seed); }
  }
  console.log(lines.join('\n'));
  console.log(runs, 'runs', steps, 'steps', Math.round(performance.now() - started), 'ms');
  console.log(stats, worst);
  for (const [k, v] of Object.entries(by)) console.log(v.length, k, v.slice(0, 5));
  expect(1).toBe(1);
}, 600_000);
