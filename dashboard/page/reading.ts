/** What was read of the API: the last answer, and why there is no newer one. */
import type { ApiProblem } from '../api/client.ts';

/** What was answered last to a GET, and whether it is fresh. */
export interface Kept {
  readonly value: unknown;
  /** When the value came; null: never. */
  readonly at: number | null;
  /** Why the last try brought none; null: it did. */
  readonly problem: ApiProblem | null;
  /** When it was last asked for. */
  readonly askedAt: number;
  readonly isLoading: boolean;
}

export interface Reading<Value> {
  readonly value: Value | null;
  readonly at: number | null;
  readonly problem: ApiProblem | null;
}

export function readingOf<Value>(kept: Kept | undefined): Reading<Value> {
  if (kept === undefined) return { value: null, at: null, problem: null };
  const { value, at, problem } = kept;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a path is asked for one type only (needs.ts)
  return { value: at === null ? null : (value as Value), at, problem };
}
