/**
 * Closes every day that has ended: counts the record, compares it with the ledger, writes the report and says it in one
 * log line. Nothing has to be reset: the next day's hours are other hours.
 *
 * The record is counted once every claim of the day can have ended. A day is closed once: the report's insert decides
 * between instances. What may repeat: the counting.
 */
import type { Calendar } from '../core/calendarDay.ts';
import { nextDay, previousDay } from '../core/calendarDay.ts';
import { countDay } from '../core/dayCount.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { utcDay } from '../core/messageId.ts';
import { HOURS_KEPT } from '../core/quotaLedger.ts';
import type { DayReport } from '../core/records.ts';
import { HOUR_MS } from '../core/window.ts';
import { appsOf } from '../core/rooms.ts';
import type { Clock, Days, Log, MessageStore } from '../ports.ts';
import type { Limits } from './limits.ts';
import type { Quota } from './quota.ts';

export type CloseDay = () => Promise<readonly DayReport[]>;

/** A day that could not be closed is tried again every hour for so many days. */
const LOOKS_BACK_DAYS = 14;

export function makeCloseDay(deps: {
  store: MessageStore;
  days: Days;
  quota: Quota;
  calendar: Calendar;
  limits: Limits;
  clock: Clock;
  durations: Durations;
  log: Log;
}): CloseDay {
  const { store, days, quota, calendar, limits, clock, durations, log } = deps;

  async function* rowsOf(utcDays: Iterable<string>): AsyncGenerator<Delivery> {
    for (const day of utcDays) for await (const { delivery } of store.scanDay(day)) yield delivery;
  }

  async function close(day: string, from: number, to: number): Promise<DayReport | null> {
    const touched = await days.touched();
    const moved = touched.filter((row) => row.value.touchedAt >= from - durations.touchSettled);
    const utcDays = new Set([...moved.map((row) => row.value.day), utcDay(from), utcDay(to - 1)]);
    const ledger = await quota.takenBetween(from, to);
    // An instance still spends what it leased, or died with it: the sweep closes that first.
    if (ledger === null) return null;
    const inForce = await limits.of(appsOf(Object.keys(ledger)));
    const count = await countDay(rowsOf(utcDays), { from, to, limits: inForce, ledger });
    const report: DayReport = { day, timeZone: calendar.timeZone, closedAt: clock.now(), ...count };
    if (!(await days.insertReport(report))) return null;
    log('info', `${day} is closed: ${summary(report)}`, { ...report });
    // A day that is closed so late has lost hours of the ledger: there is nothing to compare it with.
    const isComplete = report.closedAt < from + HOURS_KEPT * HOUR_MS;
    for (const { scope, recipients, ledger: taken } of isComplete ? report.scopes : []) {
      if (recipients === taken) continue;
      log('warn', `${day}, ${scope}: the record has ${recipients} recipients, the ledger ${taken}`, {
        day,
        scope,
        recipients,
        ledger: taken,
      });
    }
    return report;
  }

  return async () => {
    const now = clock.now();
    const firstDay = (await days.touched()).map((row) => row.value.day).toSorted()[0];
    if (firstDay === undefined) return [];
    const closed: DayReport[] = [];
    let day = previousDay(calendar.dayOf(now));
    for (let n = 0; n < LOOKS_BACK_DAYS && nextDay(day) >= firstDay; n++, day = previousDay(day)) {
      const from = calendar.startOf(day);
      const to = calendar.startOf(nextDay(day));
      if (to <= Date.parse(`${firstDay}T00:00:00Z`)) break;
      if (now < to + durations.claim + 2 * durations.margin) continue;
      if (await days.readReport(day)) continue;
      const report = await close(day, from, to);
      if (report) closed.push(report);
    }
    return closed;
  };
}

function summary({ scopes, messages, accepted }: DayReport): string {
  const totals = scopes.map(
    ({ scope, recipients, limit }) => `${scope} ${recipients} of ${limit ?? 'no limit'}`,
  );
  return `${messages} messages, ${accepted} recipients accepted; ${totals.join(', ')}`;
}
