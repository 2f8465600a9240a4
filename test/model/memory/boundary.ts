/**
 * Where a port's call meets the world. `run` is the whole effect, done at once: the tables' operations are atomic on one
 * partition. Whoever gives the boundary decides when it happens, whether it fails before or after, and what comes between.
 */
export type EffectKind =
  /** Of Storage. */
  | 'read'
  | 'write'
  | 'vault'
  | 'smtp'
  /** What the host does around a handler. */
  | 'host';

export type Boundary = <T>(kind: EffectKind, name: string, run: () => T) => Promise<T>;

/** Every effect at once, none fails: for the contract suites. */
export const direct: Boundary = async (_kind, _name, run) => run();

/** Pages of `size`, each an effect of its own: others may write between them. `next` gives what lies behind `last`. */
export async function* inPages<T>(
  boundary: Boundary,
  name: string,
  next: (last: T | null) => readonly T[],
): AsyncGenerator<T> {
  let last: T | null = null;
  for (;;) {
    const from: T | null = last;
    const page: readonly T[] = await boundary('read', name, () => next(from));
    yield* page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)!;
  }
}

/** Small, so that a walk of a few rows has several pages. Table Storage's has 1000. */
export const PAGE_ROWS = 4;
