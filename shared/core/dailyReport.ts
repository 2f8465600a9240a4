/**
 * The daily report (pure): what a closed day's mail says, out of the reports of the days and of how things stand now. What it
 * looks like is the matter of reportHtml.ts and reportText.ts; both say the same.
 */
import { addDays, makeCalendar, nextDay } from './calendarDay.ts';
import type { AppOfDay, DayReport, ScopeOfDay, Standing } from './records.ts';
import type { FailureLine, ReportAction } from './reportActions.ts';
import { failureLines, reportActions } from './reportActions.ts';
import { count, hourWords, number, scopeWords, shortDayWords } from './reportWords.ts';
import { costUsd } from './usageView.ts';
import { HOUR_MS } from './window.ts';

/** The week's chart has so many days, the report's the last. */
export const WEEK_DAYS = 7;
/** Lines of a table; the rest is added up. A mail above 100 kB is cut off by some programs. */
const LINES_SHOWN = 15;
/** Each is a defect, or a day on which instances died: more say nothing new. */
const DIFFERENCES_SHOWN = 10;

export interface ReportFacts {
  readonly report: DayReport;
  /** Closed days of the month and of the last seven days, the report's included, in any order. */
  readonly days: readonly DayReport[];
  /** For days of which the price was not noted. */
  readonly pricePerMillionUsd: number;
  readonly now: NowFacts;
}

/** How things stand when the report is written, which may be some time after the day. */
export interface NowFacts {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly window: { readonly kind: 'calendar' | 'rolling' };
  readonly scopes: readonly {
    readonly scope: string;
    readonly limit: number | null;
    readonly used: number;
    readonly forecast: { readonly reachedAt: string | null };
  }[];
  /** Recipients by room; only rooms that have some. */
  readonly waiting: readonly { readonly room: string; readonly recipients: number }[];
  readonly deadLetters: { readonly open: number; readonly isMore: boolean };
  readonly standings: readonly Standing[];
  /** null: the app does not know its own address. */
  readonly dashboardUrl: string | null;
}

export interface DailyReport {
  readonly subject: string;
  readonly day: string;
  readonly timeZone: string;
  /** The subject without the day. */
  readonly headline: string;
  /** What a person must see to; empty: nothing. */
  readonly actions: readonly ReportAction[];
  /** Recipients by their last outcome that day; null: not noted by the version that closed the day. */
  readonly totals: {
    readonly messages: number;
    readonly accepted: number;
    readonly failed: number | null;
    readonly unknown: number | null;
    readonly held: number | null;
  };
  /** The tenant, external and the accounts. */
  readonly scopes: Lines<ScopeLine>;
  readonly apps: Lines<AppLine>;
  /** Of the day in its zone; null: not noted. */
  readonly hours: readonly HourBar[] | null;
  /** The oldest first, the report's last. */
  readonly week: readonly WeekBar[];
  readonly failures: readonly FailureLine[];
  readonly otherFailures: { readonly recipients: number; readonly messages: number };
  readonly differences: readonly Difference[];
  /** The day was closed so late that the ledger had lost its hours. */
  readonly isUncompared: boolean;
  /** null: nothing was to be paid this month. */
  readonly cost: { readonly dayUsd: number; readonly monthUsd: number } | null;
  readonly now: {
    readonly at: number;
    readonly kind: NowFacts['window']['kind'];
    readonly forecasts: readonly Forecast[];
    readonly waiting: NowFacts['waiting'];
    readonly deadLetters: NowFacts['deadLetters'];
  };
  readonly dashboardUrl: string | null;
}

export interface Lines<Line> {
  readonly shown: readonly Line[];
  /** Those that are not shown, together. */
  readonly others: { readonly lines: number; readonly recipients: number };
}

export interface ScopeLine {
  readonly name: string;
  readonly used: number;
  readonly limit: number | null;
}

export interface AppLine {
  readonly app: string;
  /** Charged to the quota. */
  readonly used: number;
  readonly limit: number | null;
  /** null: not noted. */
  readonly accepted: number | null;
  readonly failed: number | null;
}

export interface HourBar {
  /** `02`; twice where summer time ends. */
  readonly hour: string;
  readonly recipients: number;
}

export interface WeekBar {
  readonly day: string;
  /** `Sat 28 Nov` */
  readonly name: string;
  /** null: the day was not closed. */
  readonly accepted: number | null;
  readonly failed: number | null;
}

export interface Difference {
  readonly name: string;
  readonly record: number;
  readonly ledger: number;
}

export interface Forecast {
  readonly name: string;
  readonly used: number;
  readonly limit: number | null;
  /** Milliseconds since the epoch; null: not in the window. */
  readonly reachedAt: number | null;
}

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
      forecasts: now.scopes.flatMap(forecastOf),
      waiting: now.waiting,
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
  return shorten([...lines.slice(0, 2), ...accounts], ({ used }) => used);
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
  const weigh = ({ used, failed }: AppLine): number => used + (failed ?? 0);
  return shorten(
    lines.toSorted((a, b) => weigh(b) - weigh(a) || (a.app < b.app ? -1 : 1)),
    ({ used }) => used,
  );
}

function countsOf(app: AppOfDay | undefined, isNoted: boolean): Pick<AppLine, 'accepted' | 'failed'> {
  return isNoted
    ? { accepted: app?.accepted ?? 0, failed: app?.failed ?? 0 }
    : { accepted: null, failed: null };
}

function shorten<Line>(lines: readonly Line[], recipientsOf: (line: Line) => number): Lines<Line> {
  const hidden = lines.slice(LINES_SHOWN);
  const others = { lines: hidden.length, recipients: sum(hidden.map(recipientsOf)) };
  return { shown: lines.slice(0, LINES_SHOWN), others };
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

/** Of what has a limit, and of the tenant. */
function forecastOf({ scope, limit, used, forecast }: NowFacts['scopes'][number]): Forecast[] {
  if (limit === null && scope !== 'tenant') return [];
  const { reachedAt } = forecast;
  return [
    { name: scopeWords(scope), used, limit, reachedAt: reachedAt === null ? null : Date.parse(reachedAt) },
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
