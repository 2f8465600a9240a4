/** The table `apps`. What was laid down when is kept, so that it can be told which limits may have been in force. */
import type { AppRules } from '../../../shared/core/appRules.ts';
import type { Apps } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';

export interface AppTable {
  readonly rules: Map<string, AppRules>;
  /** Called when rules have been written. */
  watch: (rules: AppRules) => void;
}

export function makeAppTable(): AppTable {
  return { rules: new Map(), watch: () => undefined };
}

export function makeMemoryApps(table: AppTable, boundary: Boundary): Apps {
  return {
    read: (name) => boundary('read', `rules of ${name}`, () => table.rules.get(name) ?? null),
    write: (rules) =>
      boundary('write', `rules of ${rules.name}`, () => {
        table.rules.set(rules.name, rules);
        table.watch(rules);
      }),
  };
}
