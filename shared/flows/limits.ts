/** The limits in force: the settings', and what is laid down for the apps in their table, remembered for a minute. */
import type { ScopeLimits } from '../core/quotaLedger.ts';
import type { AppBook } from './appBook.ts';

export interface Limits {
  /** With those of the named apps; of others none is known. Rejects with `Unavailable`. */
  of(apps: Iterable<string>): Promise<ScopeLimits>;
}

export function makeLimits({
  limits,
  appBook,
}: {
  limits: Omit<ScopeLimits, 'app'>;
  appBook: Pick<AppBook, 'rulesOf'>;
}): Limits {
  return {
    async of(apps) {
      const rules = await Promise.all([...new Set(apps)].map((app) => appBook.rulesOf(app)));
      const known = new Map(rules.flatMap((one) => (one === null ? [] : [[one.name, one.quotaPerDay]])));
      return { ...limits, app: (name) => known.get(name) ?? null };
    },
  };
}
