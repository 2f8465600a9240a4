/** Looks for the run in which a broken rule shows: the same run with the rule is as it should be. */
import type { RunOptions } from './runModel.ts';
import { runModel } from './runModel.ts';
import type { Violation } from './world.ts';

export interface Found {
  readonly seed: number;
  readonly violation: Violation;
}

/** Null: none of the runs shows it. */
export async function findViolation(
  options: Omit<RunOptions, 'seed'>,
  invariants: readonly string[],
  seeds = 400,
): Promise<Found | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await runModel({ ...options, seed });
    const violation = violations.find(({ invariant }) => invariants.includes(invariant));
    if (violation) return { seed, violation };
  }
  return null;
}
