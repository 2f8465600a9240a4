/** Reservations a second and storage operations for each: cases one after another, over the same processes and storage. */
import type { RemoteProcess } from '../remoteProcess.ts';
import { startProcess } from '../remoteProcess.ts';
import type { ContenderName, OpenArgument, WriteArgument, Written } from './writerProcess.ts';

export interface Case {
  readonly contender: ContenderName;
  /** Spread evenly over the processes. */
  readonly writers: number;
  /** At the most: they stop when the limit is used up. */
  readonly forMs: number;
  /** Recipients. */
  readonly limit: number;
}

export interface CaseResult extends Case {
  /** Recipients. */
  readonly spent: number;
  /** Writers that were told that the limit is used up. */
  readonly full: number;
  readonly perSecond: number;
  /** Of the storage, from the first table to the last lease that is closed. */
  readonly operations: number;
}

export interface CompareOptions {
  readonly connectionString: string;
  /** What the tables' names begin with. Each case has tables of its own. */
  readonly tablePrefix: string;
  readonly processes: number;
}

/** The results in the order of the cases. */
export async function compare(
  cases: readonly Case[],
  { connectionString, tablePrefix, processes }: CompareOptions,
): Promise<CaseResult[]> {
  const file = new URL('./writerProcess.ts', import.meta.url);
  const started = Array.from({ length: processes }, () => startProcess(file));
  try {
    const results: CaseResult[] = [];
    for (const [n, one] of cases.entries()) {
      const place = { connectionString, tablePrefix: `${tablePrefix}${n}x` };
      results.push(await runCase(one, place, started.slice(0, one.writers)));
    }
    return results;
  } finally {
    await Promise.all(started.map((one) => one.kill()));
  }
}

async function runCase(
  one: Case,
  place: Pick<CompareOptions, 'connectionString' | 'tablePrefix'>,
  processes: readonly RemoteProcess[],
): Promise<CaseResult> {
  const { contender: name, writers, forMs, limit } = one;
  // One after another: the first one makes the table.
  for (const each of processes) await each.call('open', { name, limit, ...place } satisfies OpenArgument);
  const written = await Promise.all(
    processes.map((each, n) => {
      const share = Math.floor(writers / processes.length) + (n < writers % processes.length ? 1 : 0);
      return each.call<Written>('write', { writers: share, forMs } satisfies WriteArgument);
    }),
  );
  const operations = await Promise.all(processes.map((each) => each.call<number>('close')));
  return {
    ...one,
    spent: sum(written.map(({ spent }) => spent)),
    full: sum(written.map(({ full }) => full)),
    perSecond: sum(written.map(({ spent, tookMs }) => (spent * 1000) / tookMs)),
    operations: sum(operations),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
