/**
 * What is still counted from the record's rows, and so must stand whatever retention says: what a lease that is open was
 * charged, and the days that closeDay has not closed yet. A row charges nothing after it was written last, and a new lease can
 * only be charged by new writes: what was read stands.
 */
import type { Calendar } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import type { Clock, Days, Ledger } from '../ports.ts';
import { endedDays } from './closeDay.ts';

/** Milliseconds since the epoch: rows that were written from then on are needed. */
export type NeededFrom = () => Promise<number>;

export function makeNeededFrom(deps: {
  days: Days;
  ledger: Ledger;
  calendar: Calendar;
  clock: Clock;
  durations: Durations;
}): NeededFrom {
  const { days, ledger, calendar, clock, durations } = deps;
  return async () => {
    const now = clock.now();
    const firstDay = (await days.touched()).map(({ value }) => value.day).toSorted()[0];
    let needed = calendar.startOf(calendar.dayOf(now));
    for (const { day, from } of endedDays(now, firstDay, calendar)) {
      if (from < needed && !(await days.readReport(day))) needed = from;
    }
    const { leases } = await ledger.read();
    return Math.min(needed, ...leases.map(({ lease }) => lease.takenAt)) - durations.touchSettled;
  };
}
