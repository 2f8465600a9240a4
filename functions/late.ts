import { openOnce } from '../shared/core/openOnce.ts';

/** Handlers that are loaded with the first call of any of them: what an instance loads before is what registration needs. */
export interface Late<Handlers> {
  handler<Args extends readonly unknown[], Result>(
    pick: (handlers: Handlers) => (...args: Args) => Result | Promise<Result>,
  ): (...args: Args) => Promise<Result>;
  /** Ahead of the first call, which then waits for nothing. */
  load(): Promise<void>;
}

/** A load that fails fails the calls that wait for it; the next one tries again. */
export function makeLate<Handlers>(load: () => Promise<Handlers>): Late<Handlers> {
  const loaded = openOnce(load);
  return {
    handler(pick) {
      return async (...args) => pick(await loaded())(...args);
    },
    async load() {
      await loaded();
    },
  };
}
