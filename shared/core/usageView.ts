/** What the API tells of a closed day (pure). */
import type { AppOfDay, DayReport, FailureOfDay } from './records.ts';
import type { Actor } from './remedy.ts';
import { actorOf } from './remedy.ts';

export interface Cost {
  readonly currency: 'USD';
  readonly amount: number;
}

/** A line of the history. */
export interface PastDayView {
  readonly day: string;
  readonly timeZone: string;
  readonly closedAt: string;
  readonly messages: number;
  /** Recipients who accepted. */
  readonly accepted: number;
  /** Of spends whose outcome was unknown: the tenant's `used` is at most `accepted` and these. */
  readonly unknownSpends: number;
  readonly scopes: readonly {
    readonly scope: string;
    readonly limit: number | null;
    readonly used: number;
  }[];
  /** Of the accepted. */
  readonly cost: Cost;
}

export interface DayView extends Omit<PastDayView, 'scopes'> {
  readonly byStatus: Readonly<Record<string, number>>;
  readonly scopes: readonly {
    readonly scope: string;
    readonly limit: number | null;
    readonly used: number;
    /** Null: the day was closed too late to be compared. */
    readonly ledger: number | null;
    /** From midnight on; null: not noted. */
    readonly byHour: readonly number[] | null;
  }[];
  /** Recipients who failed for good, whose outcome is unknown, and of messages that wait for a person; null: not noted. */
  readonly failed: number | null;
  readonly unknown: number | null;
  readonly held: number | null;
  /** The failed ones by cause, rejected messages included; null: not noted. */
  readonly failures: {
    readonly causes: readonly (FailureOfDay & { readonly whoActs: Actor })[];
    readonly others: { readonly recipients: number; readonly messages: number };
  } | null;
  /** The most recipients first; null: not noted. */
  readonly apps: readonly AppOfDay[] | null;
}

/** To the millionth: what one recipient costs is less than a cent. */
export function costUsd(delivered: number, pricePerMillionUsd: number): number {
  return Math.round(delivered * pricePerMillionUsd) / 1e6;
}

/** `pricePerMillionUsd`: today's, for days of which the price was not noted. */
export function viewPastDay(report: DayReport, pricePerMillionUsd: number): PastDayView {
  const { day, timeZone, closedAt, messages, accepted, unknownSpends, scopes } = report;
  return {
    day,
    timeZone,
    closedAt: new Date(closedAt).toISOString(),
    messages,
    accepted,
    unknownSpends,
    scopes: scopes.map(({ scope, limit, recipients }) => ({ scope, limit, used: recipients })),
    cost: { currency: 'USD', amount: report.costUsd ?? costUsd(accepted, pricePerMillionUsd) },
  };
}

export function viewDay(report: DayReport, pricePerMillionUsd: number): DayView {
  return {
    ...viewPastDay(report, pricePerMillionUsd),
    byStatus: report.byStatus,
    scopes: report.scopes.map(({ scope, limit, recipients, ledger, byHour }) => ({
      scope,
      limit,
      used: recipients,
      ledger,
      byHour: byHour ?? null,
    })),
    failed: report.failed ?? null,
    unknown: report.unknown ?? null,
    held: report.held ?? null,
    failures: report.failures
      ? {
          causes: report.failures.causes.map((failure) => ({
            ...failure,
            whoActs: actorOf(failure.remedy),
          })),
          others: report.failures.others,
        }
      : null,
    apps: report.apps ?? null,
  };
}
