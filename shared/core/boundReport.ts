import type { DayReport, ScopeOfDay } from './records.ts';

/**
 * Apps that a day's report names. So many fit into a row of Table Storage with the longest names and something in every hour;
 * and whoever submits makes up names of apps as he likes.
 */
export const APPS_NAMED_AT_MOST = 3000;

/** The report as its row can take it: a day of however many apps is closed, and names those with the most recipients (pure). */
export function boundReport(report: DayReport): DayReport {
  const { scopes, apps } = report;
  const ofApps = scopes.filter(isOfApp);
  const most = ofApps.toSorted((a, b) => takenOf(b) - takenOf(a));
  const leftOut = new Set(most.slice(APPS_NAMED_AT_MOST));
  return {
    ...report,
    scopes: leftOut.size === 0 ? scopes : scopes.filter((scope) => !leftOut.has(scope)),
    ...(apps && { apps: apps.slice(0, APPS_NAMED_AT_MOST) }),
  };
}

function isOfApp({ scope }: ScopeOfDay): boolean {
  return scope.startsWith('app:');
}

function takenOf({ recipients, ledger }: ScopeOfDay): number {
  return Math.max(recipients, ledger ?? 0);
}
