/** The first part: the leases beside plainer ways, at every number of writers, and a limit used to its end. */
import type { BenchResult } from '../bench.ts';
import { formatTable, roundFigure } from '../format.ts';
import { startStorage } from '../startStorage.ts';
import type { Case, CaseResult } from './compare.ts';
import { compare } from './compare.ts';
import type { QuotaBenchOptions } from './quotaOptions.ts';
import type { ContenderName } from './writerProcess.ts';

const WAYS: Readonly<Record<ContenderName, string>> = {
  counter: 'one counter, read + compare-and-swap',
  patient: 'the same, with a pause between tries',
  shards: 'a counter of 16 shards',
  leases: 'leases (ours)',
};
const NAMES: readonly ContenderName[] = ['counter', 'patient', 'shards', 'leases'];

/** The target, at that number of writers. */
const TARGET = { writers: 128, timesCounter: 1000, operations: 0.05 } as const;
/** Nobody reaches it. */
const LARGE_LIMIT = 1e12;
/** An SDK and a compiler that are cold are nobody's figures. */
const WARM_UP_MS = 1000;
/** It is over in a second; this much only if it never ends. */
const TO_THE_END_MS = 60_000;

export async function runComparison(
  options: QuotaBenchOptions,
  write: (line: string) => void,
): Promise<BenchResult> {
  const { writers, processes, seconds, limit } = options;
  write(`Comparison: ${seconds} s a case, up to ${processes} processes over one storage emulator.`);
  const toTheEnd: Case = { contender: 'leases', writers: Math.max(...writers), forMs: TO_THE_END_MS, limit };
  const warmUps = NAMES.map((contender): Case => {
    return { contender, writers: processes, forMs: WARM_UP_MS, limit: LARGE_LIMIT };
  });
  const measured = writers.flatMap((count) =>
    NAMES.map((contender): Case => {
      return { contender, writers: count, forMs: seconds * 1000, limit: LARGE_LIMIT };
    }),
  );
  const all = await measure([...warmUps, ...measured, toTheEnd], processes);
  const results = all.slice(warmUps.length, -1);
  const end = all.at(-1)!;
  for (const line of tableOf(results)) write(line);
  const { spent } = end;
  write(
    `leases, ${end.writers} writers until a limit of ${limit} is used up: ${spent} spent, ${roundFigure(operationsEach(end))} operations each`,
  );
  write('');
  const problems = problemsOf(results, end);
  for (const problem of problems) write(`FAIL: ${problem}`);
  return {
    figures: {
      ...figuresOf(results),
      to_the_end_spent: spent,
      to_the_end_operations: roundFigure(operationsEach(end)),
    },
    isGood: problems.length === 0,
  };
}

async function measure(cases: readonly Case[], processes: number): Promise<CaseResult[]> {
  const storage = await startStorage();
  try {
    const { connectionString } = storage;
    return await compare(cases, { connectionString, tablePrefix: 'bench', processes });
  } finally {
    await storage.stop();
  }
}

function tableOf(results: readonly CaseResult[]): string[] {
  const rows = results.map((result) => [
    WAYS[result.contender],
    result.writers,
    roundFigure(result.perSecond),
    roundFigure(operationsEach(result)),
    roundFigure(timesCounter(result, results)),
  ]);
  return formatTable(['way', 'writers', 'reservations/s', 'operations each', 'times the counter'], rows);
}

function problemsOf(results: readonly CaseResult[], end: CaseResult): string[] {
  const problems: string[] = [];
  if (end.spent !== end.limit) problems.push(`${end.spent} of a limit of ${end.limit} were spent`);
  const target = results.find((one) => one.contender === 'leases' && one.writers === TARGET.writers);
  if (target === undefined) return problems;
  const times = timesCounter(target, results);
  if (times < TARGET.timesCounter) {
    problems.push(`only ${roundFigure(times)} times the counter, not ${TARGET.timesCounter}`);
  }
  const each = operationsEach(target);
  if (each > TARGET.operations)
    problems.push(`${roundFigure(each)} operations each, not ${TARGET.operations}`);
  return problems;
}

function operationsEach({ operations, spent }: CaseResult): number {
  return operations / Math.max(spent, 1);
}

function timesCounter({ writers, perSecond }: CaseResult, results: readonly CaseResult[]): number {
  const peer = results.find((one) => one.contender === 'counter' && one.writers === writers);
  return perSecond / (peer?.perSecond ?? Number.NaN);
}

function figuresOf(results: readonly CaseResult[]): Record<string, number> {
  const figures = results.flatMap((result) => {
    const name = `${result.contender}_${result.writers}`;
    const common: [string, number][] = [
      [`${name}_per_second`, roundFigure(result.perSecond)],
      [`${name}_operations`, roundFigure(operationsEach(result))],
    ];
    if (result.contender !== 'leases') return common;
    return [...common, [`${name}_times_counter`, roundFigure(timesCounter(result, results))] as const];
  });
  return Object.fromEntries(figures);
}
