/**
 * The daily report as a model (pure): what a closed day's mail says. It is made by makeDailyReport.ts; what it looks like is the matter of
 * reportHtml.ts and reportText.ts, which say the same.
 */
import type { DayReport, Standing } from './records.ts';
import type { FailureLine, ReportAction } from './reportActions.ts';

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
    /** The tenant's and that of external mail, then what is reached first, then what is nearest to its limit. */
    readonly forecasts: Lines<Forecast> & { readonly othersReached: number };
    readonly waiting: Lines<NowFacts['waiting'][number]>;
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
