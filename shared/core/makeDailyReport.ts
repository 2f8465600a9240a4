/** Makes the daily report out of the reports of the days and of how things stand now (pure). */
import { addDays, makeCalendar, nextDay } from './calendarDay.ts';
import type {
  AppLine,
  DailyReport,
  Difference,
  Forecast,
  HourBar,
  Lines,
  NowFacts,
  ReportFacts,
  ScopeLine,
  WeekBar,
} from './dailyReport.ts';
import type { AppOfDay, DayReport, ScopeOfDay } from './records.ts';
import { LINES_OF_NOW_SHOWN, percentOf, shorten, shortenLimited } from './reportLines.ts';
import { failureLines, reportActions } from './reportActions.ts';
import { count, hourWords, number, scopeWords, shortDayWords } from './reportWords.ts';
import { costUsd } from './usageView.ts';
import { HOUR_MS } from './window.ts';

/** The week's chart has so many days, the report's the last. */
export const WEEK_DAYS = 7;
/** Each is a defect, or a day on which instances died: more say nothing new. */
const DIFFERENCES_SHOWN = 10;

export function makeDailyReport({ report, days, pricePerMillionUsd, now }: ReportFacts): DailyReport {
  const { day, timeZone, messages, accepted, failed = null, unknown = null, held = null } = report;
  const failures = failureLines(report);
  const actions = reportActions(report, failures, now.standings);
  const headline = `${resultOf(report)}${actions.length > 0 ? ' — action needed' : ''}`;
  return {
    subject: `${day}: ${headline}`,
    day,
    timeZone,
    headline,
    actions,
    totals: { messages, accepted, failed, unknown, held },
    scopes: scopeLines(report.scopes),
    apps: appLines(report),
    hours: hoursOf(report),
    week: weekOf(report, days),
    failures,
    otherFailures: report.failures?.others ?? { recipients: 0, messages: 0 },
    differences: differencesOf(report.scopes),
    isUncompared: report.scopes.some(({ ledger }) => ledger === null),
    cost: costOf(report, days, pricePerMillionUsd),
    now: {
      at: now.at,
      kind: now.window.kind,
      forecasts: forecastLines(now.scopes),
      waiting: shorten(now.waiting, now.waiting, ({ recipients }) => recipients, LINES_OF_NOW_SHOWN),
      deadLetters: now.deadLetters,
    },
    dashboardUrl: now.dashboardUrl,
  };
}

function resultOf({ messages, accepted, byStatus, failed = 0, unknown = 0 }: DayReport): string {
  const all = accepted + failed + unknown;
  const rejected = byStatus['rejected'] ?? 0;
  return [
    messages === 0 && all === 0 ? 'no mail' : count(all, 'recipient'),
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(unknown > 0 ? [`${number(unknown)} unknown`] : []),
    ...(rejected > 0 ? [`${count(rejected, 'message')} rejected`] : []),
  ].join(', ');
}

/** The apps have lines of their own. */
function scopeLines(scopes: readonly ScopeOfDay[]): Lines<ScopeLine> {
  const lines = scopes
    .filter(({ scope }) => !scope.startsWith('app:'))
    .map(({ scope, recipients, limit }) => ({ name: scopeWords(scope), used: recipients, limit }));
  // The tenant and external first, as they are; then the accounts with the most.
  const accounts = lines.slice(2).toSorted((a, b) => b.used - a.used);
  return shortenLimited([...lines.slice(0, 2), ...accounts]);
}

function appLines({ scopes, apps }: DayReport): Lines<AppLine> {
  const counted = new Map((apps ?? []).map((app) => [app.app, app]));
  const charged = new Map(
    scopes.flatMap((scope) =>
      scope.scope.startsWith('app:') ? [[scope.scope.slice(4), scope] as const] : [],
    ),
  );
  const lines = [...new Set([...counted.keys(), ...charged.keys()])].map((app): AppLine => {
    const { accepted, failed } = countsOf(counted.get(app), apps !== undefined);
    const scope = charged.get(app);
    return { app, used: scope?.recipients ?? 0, limit: scope?.limit ?? null, accepted, failed };
  });
  return shortenLimited(
    lines.toSorted((a, b) => recipientsOf(b) - recipientsOf(a) || (a.app < b.app ? -1 : 1)),
  );
}

function recipientsOf({ used, failed }: AppLine): number {
  return used + (failed ?? 0);
}

function countsOf(app: AppOfDay | undefined, isNoted: boolean): Pick<AppLine, 'accepted' | 'failed'> {
  return isNoted
    ? { accepted: app?.accepted ?? 0, failed: app?.failed ?? 0 }
    : { accepted: null, failed: null };
}

function hoursOf({ day, timeZone, scopes }: DayReport): HourBar[] | null {
  const byHour = scopes.find(({ scope }) => scope === 'tenant')?.byHour;
  if (byHour === undefined) return null;
  const calendar = makeCalendar(timeZone);
  const from = calendar.startOf(day);
  const hours = Math.ceil((calendar.startOf(nextDay(day)) - from) / HOUR_MS);
  return Array.from({ length: hours }, (_, n) => ({
    hour: hourWords(from + n * HOUR_MS, timeZone),
    recipients: byHour[n] ?? 0,
  }));
}

function weekOf({ day }: DayReport, days: readonly DayReport[]): WeekBar[] {
  const byDay = new Map(days.map((report) => [report.day, report]));
  return Array.from({ length: WEEK_DAYS }, (_, n) => {
    const one = addDays(day, n + 1 - WEEK_DAYS);
    const { accepted = null, failed = null } = byDay.get(one) ?? {};
    return { day: one, name: shortDayWords(one), accepted, failed };
  });
}

function differencesOf(scopes: readonly ScopeOfDay[]): Difference[] {
  return scopes
    .flatMap(({ scope, recipients, ledger }) =>
      ledger === null || ledger === recipients
        ? []
        : [{ name: scopeWords(scope), record: recipients, ledger }],
    )
    .slice(0, DIFFERENCES_SHOWN);
}

function costOf(report: DayReport, days: readonly DayReport[], price: number): DailyReport['cost'] {
  const costOfDay = ({ costUsd: noted, accepted }: DayReport): number => noted ?? costUsd(accepted, price);
  const month = report.day.slice(0, 7);
  const sofar = days.filter(({ day }) => day.startsWith(month) && day <= report.day);
  const monthUsd = sum(sofar.map(costOfDay));
  return monthUsd > 0 ? { dayUsd: costOfDay(report), monthUsd } : null;
}

function forecastLines(scopes: NowFacts['scopes']): DailyReport['now']['forecasts'] {
  const parts = scopes.filter(isPart).flatMap(forecastOf);
  const soonest = parts.toSorted(
    (a, b) => (a.reachedAt ?? Infinity) - (b.reachedAt ?? Infinity) || percentOf(b) - percentOf(a),
  );
  const lines = [...scopes.filter((scope) => !isPart(scope)).flatMap(forecastOf), ...soonest];
  const short = shorten(lines, lines, ({ used }) => used, LINES_OF_NOW_SHOWN);
  return { ...short, othersReached: countReached(lines) - countReached(short.shown) };
}

function isPart({ scope }: NowFacts['scopes'][number]): boolean {
  return scope.startsWith('account:') || scope.startsWith('app:');
}

function countReached(forecasts: readonly Forecast[]): number {
  return forecasts.filter(({ reachedAt }) => reachedAt !== null).length;
}

/** Of what has a limit, and of the tenant. What is not allowed at all (external recipients, in some profiles) has no forecast. */
function forecastOf({ scope, limit, used, forecast }: NowFacts['scopes'][number]): Forecast[] {
  if (limit === 0 || (limit === null && scope !== 'tenant')) return [];
  const { reachedAt } = forecast;
  return [
    { name: scopeWords(scope), used, limit, reachedAt: reachedAt === null ? null : Date.parse(reachedAt) },
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
