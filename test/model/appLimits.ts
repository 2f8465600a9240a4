/** Which limits of the apps may have been in force when a take was decided. */
import type { World } from './world.ts';

export interface AppLimits {
  /** The highest that a take of then may have gone by; null: none. */
  highestOf(app: string, takenAt: number): number | null;
}

/** Rules are remembered for a minute; reading them, and the ledger before, needs two operations. */
const REMEMBERED_MS = 3 * 60_000;

interface Spell {
  readonly limit: number | null;
  until: number;
}

export function keepAppLimits({ apps, time, count }: World): AppLimits {
  const spells = new Map<string, Spell[]>();
  const of = (app: string): Spell[] => spells.get(app) ?? [{ limit: null, until: Infinity }];
  for (const { name, quotaPerDay } of apps.rules.values()) {
    spells.set(name, [{ limit: quotaPerDay, until: Infinity }]);
  }
  apps.watch = ({ name, quotaPerDay }) => {
    count.ruleChanges++;
    const known = of(name);
    known.at(-1)!.until = time.now;
    spells.set(name, [...known, { limit: quotaPerDay, until: Infinity }]);
  };
  return {
    highestOf(app, takenAt) {
      const recent = of(app).filter(({ until }) => until >= takenAt - REMEMBERED_MS);
      return recent.reduce<number | null>(
        (highest, { limit }) => (highest === null || limit === null ? null : Math.max(highest, limit)),
        0,
      );
    },
  };
}
