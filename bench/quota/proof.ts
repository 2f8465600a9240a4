/** The second part: that the limits hold to the recipient, with processes that are killed, and without. */
import type { BenchResult } from '../bench.ts';
import { formatTable } from '../format.ts';
import type { ProofFacts } from './judgeProof.ts';
import { countAccepted, judgeProof } from './judgeProof.ts';
import { prove } from './prove.ts';
import type { QuotaBenchOptions } from './quotaOptions.ts';

/** `name`: what its figures' names begin with. */
export async function runProof(
  name: string,
  kills: number,
  options: QuotaBenchOptions,
  write: (line: string) => void,
): Promise<BenchResult> {
  const { processes, limit, external, seed, timeScale } = options;
  write(`Proof: ${processes} processes, ${kills === 0 ? 'none' : kills} of them killed while they spend.`);
  const startMs = performance.now();
  const facts = await prove({
    processes,
    kills,
    limits: { recipients: limit, external },
    seed,
    timeScale,
    write: (line) => write(`  ${Math.round((performance.now() - startMs) / 1000)} s: ${line}`),
  });
  const problems = judgeProof(facts);
  for (const line of describeProof(facts)) write(line);
  for (const problem of problems) write(`FAIL: ${problem}`);
  if (problems.length === 0) {
    write('PASS: used to the last recipient, never one over, and all of it accounted for.');
  }
  write('');
  const count = countAccepted(facts.accepted);
  return {
    figures: {
      [`${name}_used`]: facts.used['tenant'] ?? 0,
      [`${name}_used_external`]: facts.used['external'] ?? 0,
      [`${name}_accepted`]: count.recipients,
      [`${name}_accepted_external`]: count.external,
      [`${name}_unknown_spends`]: facts.record.unknownSpends,
      [name]: problems.length === 0 ? 'PASS' : 'FAIL',
    },
    isGood: problems.length === 0,
  };
}

function describeProof({ limits, accepted, used, record, watch }: ProofFacts): string[] {
  const count = countAccepted(accepted);
  return formatTable(
    ['', 'recipients', 'external'],
    [
      ['limit', limits.recipients, limits.external],
      ['most ever taken', watch.mostTaken['tenant'] ?? 0, watch.mostTaken['external'] ?? 0],
      ['used, by the ledger', used['tenant'] ?? 0, used['external'] ?? 0],
      ['charged, by the rows', record.charged['tenant'] ?? 0, record.charged['external'] ?? 0],
      ["accepted, by the servers' own count", count.recipients, count.external],
      ['unknown spends, by the rows', record.unknownSpends, ''],
      ['accepted again', count.repeats, ''],
      ['waiting for the next window', record.waiting.recipients, record.waiting.external],
      ['looks at the ledger meanwhile', watch.looks, ''],
    ],
  );
}
