/** Reports of days as closeDay writes them, and how things stand when one is mailed. */
import type { DailyReport, NowFacts } from '../../../shared/core/dailyReport.ts';
import { makeDailyReport } from '../../../shared/core/makeDailyReport.ts';
import type { DayReport, FailureOfDay, ScopeOfDay } from '../../../shared/core/records.ts';

export const DAY = '2026-11-28';
/** 01:07 of the next day in Vienna. */
export const CLOSED_AT = Date.parse('2026-11-29T00:07:00Z');

export function sampleScope(
  scope: string,
  recipients: number,
  changes: Partial<ScopeOfDay> = {},
): ScopeOfDay {
  return { scope, limit: null, recipients, ledger: recipients, byHour: [], ...changes };
}

export function sampleFailure(changes: Partial<FailureOfDay> = {}): FailureOfDay {
  return {
    cause: 'no such recipient',
    remedy: 'correct the address',
    recipients: 3,
    messages: 2,
    apps: ['payroll', 'crm'],
    moreApps: 0,
    ...changes,
  };
}

/** A busy day without failures. */
export function sampleReport(changes: Partial<DayReport> = {}): DayReport {
  const byHour = [
    0, 0, 0, 0, 0, 12, 240, 900, 1800, 2400, 2100, 1500, 800, 1200, 900, 300, 120, 40, 20, 8, 3, 1, 1, 0,
  ];
  return {
    day: DAY,
    timeZone: 'Europe/Vienna',
    closedAt: CLOSED_AT,
    messages: 4211,
    byStatus: { sent: 4211 },
    accepted: 12_345,
    unknownSpends: 0,
    costUsd: 0,
    scopes: [
      sampleScope('tenant', 12_345, { limit: 100_000, byHour }),
      sampleScope('external', 1990, { limit: 2000 }),
      sampleScope('account:hve@contoso.com', 9000),
      sampleScope('account:payroll@contoso.com', 3345, { limit: 5000 }),
      sampleScope('app:crm', 9000),
      sampleScope('app:payroll', 3345, { limit: 4000 }),
    ],
    failed: 0,
    unknown: 0,
    held: 0,
    failures: { causes: [], others: { recipients: 0, messages: 0 } },
    apps: [
      { app: 'crm', messages: 4000, accepted: 9000, failed: 0, unknown: 0 },
      { app: 'payroll', messages: 211, accepted: 3345, failed: 0, unknown: 0 },
    ],
    ...changes,
  };
}

function sampleNow(changes: Partial<NowFacts> = {}): NowFacts {
  return {
    at: CLOSED_AT,
    window: { kind: 'calendar' },
    scopes: [
      { scope: 'tenant', limit: 100_000, used: 12, forecast: { reachedAt: null } },
      { scope: 'external', limit: 2000, used: 900, forecast: { reachedAt: '2026-11-29T14:40:00.000Z' } },
      { scope: 'app:payroll', limit: null, used: 3, forecast: { reachedAt: null } },
    ],
    waiting: [],
    deadLetters: { open: 0, isMore: false },
    standings: [],
    dashboardUrl: null,
    ...changes,
  };
}

/** `report`: the sample with these changes, or a whole one, as an earlier version wrote it. */
export function writeReport(
  report: Partial<DayReport> = {},
  now: Partial<NowFacts> = {},
  others: readonly DayReport[] = [],
): DailyReport {
  const own = isWhole(report) ? report : sampleReport(report);
  return makeDailyReport({
    report: own,
    days: [own, ...others],
    pricePerMillionUsd: 42,
    now: sampleNow(now),
  });
}

function isWhole(report: Partial<DayReport>): report is DayReport {
  return report.closedAt !== undefined;
}

/** What the version before this one wrote: no failures, no apps. The first one had no curves and no cost either. */
export function oldReport(isFirst: boolean): DayReport {
  const { failed: _a, unknown: _b, held: _c, failures: _d, apps: _e, ...before } = sampleReport();
  if (!isFirst) return before;
  const { costUsd: _cost, ...first } = before;
  return { ...first, scopes: first.scopes.map(({ byHour: _none, ...scope }) => scope) };
}

/** A day on which everything that can be large is. */
export function hugeReport(): DayReport {
  const long = (text: string): string => text.padEnd(64, 'x');
  const byHour = Array<number>(25).fill(1_234_567);
  const cause = (n: number): string => `<${n}> ${'cause & effect '.repeat(17)}`.slice(0, 256);
  return sampleReport({
    scopes: [
      sampleScope('tenant', 30_864_175, { limit: 1_000_000_000, byHour }),
      sampleScope('external', 0, { limit: 2000 }),
      ...Array.from({ length: 100 }, (_, n) =>
        sampleScope(`account:${long(`sender${n}`)}@contoso.com`, 999_999, { limit: 999_999 }),
      ),
      ...Array.from({ length: 1000 }, (_, n) =>
        sampleScope(`app:${long(`app${n}`)}`, 999_999, { limit: 1_000_000 }),
      ),
    ],
    apps: Array.from({ length: 1000 }, (_, n) => ({
      app: long(`app${n}`),
      messages: 99_999,
      accepted: 99_999,
      failed: 99_999,
      unknown: 99_999,
    })),
    failures: {
      causes: Array.from({ length: 15 }, (_, n) =>
        sampleFailure({
          cause: cause(n),
          remedy: cause(n),
          apps: ['a', 'b', 'c', 'd', 'e'].map(long),
          moreApps: 995,
        }),
      ),
      others: { recipients: 99_999, messages: 99_999 },
    },
    failed: 99_999_000,
  });
}

/** Hundreds of apps with a quota of their own, whose mail waits. */
export function hugeNow(): Partial<NowFacts> {
  const apps = Array.from({ length: 500 }, (_, n) => `app:${`app${n}`.padEnd(64, 'x')}`);
  return {
    scopes: [
      { scope: 'tenant', limit: 1_000_000_000, used: 30_864_175, forecast: { reachedAt: null } },
      ...apps.map((scope) => ({
        scope,
        limit: 1_000_000,
        used: 999_999,
        forecast: { reachedAt: '2026-11-29T14:40:00.000Z' },
      })),
    ],
    waiting: apps.map((scope) => ({ room: `quota:${scope}`, recipients: 999_999 })),
  };
}
