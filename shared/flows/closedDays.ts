/** The days that were closed: one of them, or why it is none, and their history. */
import type { Calendar } from '../core/calendarDay.ts';
import { addDays, nextDay, previousDay } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import type { DayView, PastDayView } from '../core/usageView.ts';
import { viewDay, viewPastDay } from '../core/usageView.ts';
import type { Clock, Days } from '../ports.ts';
import { closableFrom, LOOKS_BACK_DAYS } from './closeDay.ts';
import type { Quota } from './quota.ts';

export type ClosedDay =
  | { readonly isClosed: true; readonly report: DayView }
  | {
      readonly isClosed: false;
      /** `due`: nothing stands in the way any more. `noRecord`: it is never closed. */
      readonly why: 'notEnded' | 'claimsOpen' | 'leasesOpen' | 'due' | 'noRecord';
      /** When it can be closed at the earliest, milliseconds since the epoch. */
      readonly closableFrom: number;
    };

export interface HistoryPage {
  readonly items: readonly PastDayView[];
  /** The day below which the next page begins. */
  readonly cursor?: string;
}

export interface ClosedDays {
  /** `day` in the window's zone. */
  closedDay(day: string): Promise<ClosedDay>;
  /** Of the last `count` days before today those that were closed, the newest first; with `below` only older ones than that. */
  history(count: number, below: string | null): Promise<HistoryPage>;
}

/** A page has all its days, unless there are thousands of apps: these would not fit into an answer. */
const SCOPES_PER_PAGE = 10_000;

export function makeClosedDays(deps: {
  days: Days;
  quota: Pick<Quota, 'takenBetween'>;
  calendar: Calendar;
  pricePerMillionUsd: number;
  clock: Clock;
  durations: Durations;
}): ClosedDays {
  const { days, quota, calendar, pricePerMillionUsd, clock, durations } = deps;

  async function whyNotClosed(day: string): Promise<Extract<ClosedDay, { isClosed: false }>> {
    const now = clock.now();
    const to = calendar.startOf(nextDay(day));
    const because = (why: Extract<ClosedDay, { isClosed: false }>['why']) =>
      ({ isClosed: false, why, closableFrom: closableFrom(to, durations) }) as const;
    if (to > now) return because('notEnded');
    const first = (await days.touched()).map(({ value }) => value.day).toSorted()[0];
    const isOnRecord = first !== undefined && to > Date.parse(`${first}T00:00:00Z`);
    if (!isOnRecord || day < addDays(calendar.dayOf(now), -LOOKS_BACK_DAYS)) return because('noRecord');
    if (now < closableFrom(to, durations)) return because('claimsOpen');
    const taken = await quota.takenBetween(calendar.startOf(day), to);
    return because(taken === null ? 'leasesOpen' : 'due');
  }

  return {
    async closedDay(day) {
      const report = await days.readReport(day);
      return report ? { isClosed: true, report: viewDay(report, pricePerMillionUsd) } : whyNotClosed(day);
    },

    async history(count, below) {
      const today = calendar.dayOf(clock.now());
      const from = addDays(today, -count);
      const to = previousDay(below !== null && below < today ? below : today);
      const items: PastDayView[] = [];
      let scopes = 0;
      for await (const report of days.reports(from, to)) {
        const last = items.at(-1);
        scopes += report.scopes.length;
        if (last && scopes > SCOPES_PER_PAGE) return { items, cursor: last.day };
        items.push(viewPastDay(report, pricePerMillionUsd));
      }
      return { items };
    },
  };
}
