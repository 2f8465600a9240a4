/** Reservations a second and storage operations for each, for every contender and number of writers, in one run. */
import type { RemoteProcess } from '../remoteProcess.ts';
import { startProcess } from '../remoteProcess.ts';
import type { ContenderName, OpenArgument, WriteArgument, Written } from './writerProcess.ts';

export interface CompareOptions {
  readonly connectionString: string;
  /** What its tables' names begin with. */
  readonly tablePrefix: string;
  readonly writers: readonly number[];
  /** The writers are spread over so many at the most. */
  readonly processes: number;
  /** Of each case. */
  readonly forMs: number;
  /** Of each contender before it is measured: an SDK and a compiler that are cold are nobody's figures. */
  readonly warmUpMs: number;
  /** Recipients. */
  readonly limit: number;
}

export interface CaseResult {
  readonly contender: ContenderName;
  readonly writers: number;
  readonly spent: number;
  /** Writers that met a full limit. */
  readonly full: number;
  readonly perSecond: number;
  readonly operations: number;
}

const CONTENDER_NAMES: readonly ContenderName[] = ['counter', 'patient', 'shards', 'leases'];

/** `onCase` hears of each case when it is over. */
export async function compare(
  options: CompareOptions,
  onCase: (result: CaseResult) => void = () => undefined,
): Promise<CaseResult[]> {
  const { writers, processes, forMs, warmUpMs } = options;
  const started = Array.from({ length: processes }, () =>
    startProcess(new URL('./writerProcess.ts', import.meta.url)),
  );
  try {
    const results: CaseResult[] = [];
    for (const contender of CONTENDER_NAMES) {
      if (warmUpMs === 0) continue;
      const warmUp = {
        contender,
        writers: processes,
        forMs: warmUpMs,
        tablePrefix: `${options.tablePrefix}0${contender}`,
      };
      await runCase(warmUp, options, started);
    }
    for (const count of writers) {
      for (const contender of CONTENDER_NAMES) {
        const tablePrefix = `${options.tablePrefix}${count}${contender}`;
        const result = await runCase({ contender, writers: count, forMs, tablePrefix }, options, started);
        onCase(result);
        results.push(result);
      }
    }
    return results;
  } finally {
    await Promise.all(started.map((one) => one.kill()));
  }
}

interface Case {
  readonly contender: ContenderName;
  readonly writers: number;
  readonly forMs: number;
  readonly tablePrefix: string;
}

async function runCase(
  { contender, writers, forMs, tablePrefix }: Case,
  { connectionString, limit }: CompareOptions,
  all: readonly RemoteProcess[],
): Promise<CaseResult> {
  const processes = all.slice(0, writers);
  const open: OpenArgument = {
    name: contender,
    connectionString,
    tablePrefix,
    limit,
  };
  // One after another: the first one makes the table.
  for (const one of processes) await one.call('open', open);
  const written = await Promise.all(
    processes.map((one, n) => {
      const share = Math.floor(writers / processes.length) + (n < writers % processes.length ? 1 : 0);
      return one.call<Written>('write', { writers: share, forMs } satisfies WriteArgument);
    }),
  );
  const operations = await Promise.all(processes.map((one) => one.call<number>('close')));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
  return {
    contender,
    writers,
    spent: sum(written.map(({ spent }) => spent)),
    full: sum(written.map(({ full }) => full)),
    perSecond: sum(written.map(({ spent, tookMs }) => (spent * 1000) / tookMs)),
    operations: sum(operations),
  };
}
