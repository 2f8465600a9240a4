/** `npm run bench -- quota`: what the leases are worth beside plainer ways, and that they keep a limit whatever dies. */
import type { Bench, BenchResult } from '../bench.ts';
import { formatTable, roundFigure } from '../format.ts';
import { startStorage } from '../startStorage.ts';
import type { CaseResult } from './compare.ts';
import { compare } from './compare.ts';
import type { ProofFacts } from './judgeProof.ts';
import { countAccepted, judgeProof } from './judgeProof.ts';
import { prove } from './prove.ts';
import type { QuotaBenchOptions } from './quotaOptions.ts';
import { parseQuotaOptions, QUOTA_USAGE } from './quotaOptions.ts';
import type { ContenderName } from './writerProcess.ts';

type Write = (line: string) => void;

export const bench: Bench = {
  summary:
    'reservations a second and storage operations each; the limit used to the last recipient, never one over',
  usage: QUOTA_USAGE,
  async run(args, write) {
    const options = parseQuotaOptions(args);
    const parts: BenchResult[] = [];
    if (options.only !== 'proof') parts.push(await runComparison(options, write));
    if (options.only !== 'compare') {
      if (options.kills > 0) parts.push(await runProof('killed', options.kills, options, write));
      parts.push(await runProof('unharmed', 0, options, write));
    }
    return {
      figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
      isGood: parts.every(({ isGood }) => isGood),
    };
  },
};

const WAYS: Readonly<Record<ContenderName, string>> = {
  counter: 'one counter, read + compare-and-swap',
  patient: 'the same, with a pause between tries',
  shards: 'a counter of 16 shards',
  leases: 'leases (ours)',
};

/** The target: at this number of writers. */
const TARGET = { writers: 128, timesCounter: 1000, operations: 0.05 } as const;
/** Nobody reaches it. */
const LARGE_LIMIT = 1e12;
const WARM_UP_MS = 1000;

async function runComparison(options: QuotaBenchOptions, write: Write): Promise<BenchResult> {
  const { writers, processes, seconds } = options;
  write(`Comparison: ${seconds} s a case, up to ${processes} processes over one storage emulator.`);
  const storage = await startStorage();
  try {
    const { connectionString } = storage;
    const results = await compare({
      connectionString,
      tablePrefix: 'bench',
      writers,
      processes,
      forMs: seconds * 1000,
      warmUpMs: WARM_UP_MS,
      limit: LARGE_LIMIT,
    });
    const rows = results.map((result) => [
      WAYS[result.contender],
      result.writers,
      roundFigure(result.perSecond),
      roundFigure(operationsEach(result)),
      roundFigure(timesCounter(result, results)),
    ]);
    const head = ['way', 'writers', 'reservations/s', 'operations each', 'times the counter'];
    for (const line of formatTable(head, rows)) write(line);
    write('');
    const target = results.find(
      (one) => one.contender === 'leases' && one.writers === TARGET.writers && one.spent > 0,
    );
    const isGood =
      target === undefined ||
      (timesCounter(target, results) >= TARGET.timesCounter && operationsEach(target) <= TARGET.operations);
    return { figures: figuresOf(results), isGood };
  } finally {
    await storage.stop();
  }
}

function operationsEach({ operations, spent }: CaseResult): number {
  return operations / Math.max(spent, 1);
}

function timesCounter({ writers, perSecond }: CaseResult, results: readonly CaseResult[]): number {
  const peer = results.find((one) => one.contender === 'counter' && one.writers === writers);
  return perSecond / (peer?.perSecond ?? Number.NaN);
}

function figuresOf(results: readonly CaseResult[]): Record<string, number> {
  return Object.fromEntries(
    results.flatMap((result) => {
      const name = `${result.contender}_${result.writers}`;
      return [
        [`${name}_per_second`, roundFigure(result.perSecond)],
        [`${name}_operations`, roundFigure(operationsEach(result))],
        ...(result.contender === 'leases'
          ? [[`${name}_times_counter`, roundFigure(timesCounter(result, results))]]
          : []),
      ];
    }),
  );
}

async function runProof(
  name: string,
  kills: number,
  options: QuotaBenchOptions,
  write: Write,
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
