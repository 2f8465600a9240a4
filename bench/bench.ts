/**
 * What a benchmark is. To add one: `bench/NAME/bench.ts` that exports `bench`; `npm run bench -- NAME` finds it there.
 *
 * Each measures its peer in the same run: figures vary with the machine and what else it does, ratios hold.
 */
export interface Bench {
  /** What it measures, in a line. */
  readonly summary: string;
  /** Its options, one a line, for `--help`. */
  readonly usage: string;
  /** `write` gets what is to be shown, line by line. Rejects with `WrongUsage` where the arguments make no sense. */
  run(args: readonly string[], write: (line: string) => void): Promise<BenchResult>;
}

export interface BenchResult {
  /** The last line of the output, as `name=value` pairs: for scripts. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** False: what it proves does not hold. */
  readonly isGood: boolean;
}

export class WrongUsage extends Error {}
