/** The rules of the apps, remembered for a minute: a change holds everywhere by then, and costs no deployment. */
import type { AppRules } from '../core/appRules.ts';
import type { Durations } from '../core/durations.ts';
import type { Apps, Clock } from '../ports.ts';

export interface AppBook {
  /** Null: nothing was laid down for the app. */
  rulesOf(app: string): Promise<AppRules | null>;
  /** Read now. */
  read(app: string): Promise<AppRules | null>;
  write(rules: AppRules): Promise<void>;
}

export function makeAppBook(deps: { apps: Apps; clock: Clock; durations: Durations }): AppBook {
  const { apps, clock, durations } = deps;
  const known = new Map<string, { readonly rules: AppRules | null; readonly at: number }>();

  async function read(app: string): Promise<AppRules | null> {
    const at = clock.monotonic();
    const rules = await apps.read(app);
    known.set(app, { rules, at });
    return rules;
  }

  return {
    async rulesOf(app) {
      const remembered = known.get(app);
      const isFresh = remembered !== undefined && clock.monotonic() - remembered.at < durations.memory;
      return isFresh ? remembered.rules : read(app);
    },
    read,
    async write(rules) {
      await apps.write(rules);
      known.delete(rules.name);
    },
  };
}
