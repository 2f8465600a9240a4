/**
 * Closes every day that has ended: counts the record, compares it with the ledger, writes the report and says it in one
 * log line. Nothing has to be reset: the next day's hours are other hours.
 *
 *   ended ── every claim of it can have ended, and no lease of its hours is left ──► counted ──► closed, once
 *        └── else it is tried again an hour later
 *
 * The report's insert decides between instances. What may repeat: the counting.
 */
import { boundReport } from '../core/boundReport.ts';
import type { Calendar } from '../core/calendarDay.ts';
import { nextDay, previousDay } from '../core/calendarDay.ts';
import { countDay, isOvercharged, scopesOfDay } from '../core/dayCount.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { utcDay } from '../core/messageId.ts';
import { HOURS_KEPT } from '../core/quotaLedger.ts';
import type { DayReport } from '../core/records.ts';
import { appsOf } from '../core/rooms.ts';
import { costUsd } from '../core/usageView.ts';
import { HOUR_MS } from '../core/window.ts';
import type { Clock, Days, Log, MessageStore } from '../ports.ts';
import type { Limits } from './limits.ts';
import type { Quota } from './quota.ts';
import { tell } from './tell.ts';

export type CloseDay = () => Promise<readonly DayReport[]>;

/** A day that could not be closed is tried again every hour for so many days. */
export const LOOKS_BACK_DAYS = 14;

/** From then on, milliseconds since the epoch, every claim of a day that ended at `to` can have ended. */
export function closableFrom(to: number, durations: Durations): number {
  return to + durations.claim + 2 * durations.margin;
}

export interface EndedDay {
  /** In the window's zone. */
  readonly day: string;
  /** Milliseconds since the epoch; `to` is the first instant of the next day. */
  readonly from: number;
  readonly to: number;
}

/** The days that may still be closed, the newest first; `firstDay`: the first UTC day on record. */
export function* endedDays(
  now: number,
  firstDay: string | undefined,
  calendar: Calendar,
): Generator<EndedDay> {
  if (firstDay === undefined) return;
  let day = previousDay(calendar.dayOf(now));
  for (let n = 0; n < LOOKS_BACK_DAYS && nextDay(day) >= firstDay; n++, day = previousDay(day)) {
    const from = calendar.startOf(day);
    const to = calendar.startOf(nextDay(day));
    if (to <= Date.parse(`${firstDay}T00:00:00Z`)) return;
    yield { day, from, to };
  }
}

export function makeCloseDay(deps: {
  store: MessageStore;
  days: Days;
  quota: Quota;
  calendar: Calendar;
  limits: Limits;
  pricePerMillionUsd: number;
  clock: Clock;
  durations: Durations;
  log: Log;
}): CloseDay {
  const { store, days, quota, calendar, limits, pricePerMillionUsd, clock, durations, log } = deps;

  async function* rowsOf(utcDays: Iterable<string>): AsyncGenerator<Delivery> {
    for (const day of utcDays) for await (const { delivery } of store.scanDay(day)) yield delivery;
  }

  /** The UTC days whose rows may charge it, or were accepted in it: touched since it began, or a part of it. */
  async function utcDaysOf(from: number, to: number): Promise<Set<string>> {
    const touched = await days.touched();
    const moved = touched.filter(({ value }) => value.touchedAt >= from - durations.touchSettled);
    return new Set([...moved.map(({ value }) => value.day), utcDay(from), utcDay(to - 1)]);
  }

  /**
   * The ledger drops an hour when it has been over for 50: a day that is closed so late has nothing to be compared with. With the
   * margin, since another instance's clock may be ahead.
   */
  function isKeptByLedger(from: number): boolean {
    return clock.now() + durations.margin < from + HOURS_KEPT * HOUR_MS;
  }

  async function close(day: string, from: number, to: number): Promise<DayReport | null> {
    const taken = await quota.takenBetween(from, to);
    if (taken === null) {
      // An instance that died with what it leased: the sweep closes that within minutes, or it has trouble itself.
      const words = 'leases of its hours are still open: it is closed at a later hour';
      log('warn', `${day} has ended, but ${words}`, { day });
      return null;
    }
    // No lease of it is left, so nothing can be charged to it any more, and nothing goes back: what is counted stands.
    const ledger = isKeptByLedger(from) ? taken : null;
    const { byHour, unknownBy, ...count } = await countDay(rowsOf(await utcDaysOf(from, to)), { from, to });
    const inForce = await limits.of(appsOf([...byHour.keys(), ...Object.keys(taken)]));
    const report: DayReport = {
      day,
      timeZone: calendar.timeZone,
      closedAt: clock.now(),
      ...count,
      scopes: scopesOfDay({ byHour, unknownBy }, ledger, inForce),
      costUsd: costUsd(count.accepted, pricePerMillionUsd),
    };
    const bound = boundReport(report);
    if (!(await days.insertReport(bound))) return null;
    const leftOut = report.scopes.length - bound.scopes.length;
    if (leftOut > 0) {
      const words = `${leftOut} apps are left out of its report; do its producers make up names of apps?`;
      log('warn', `${day}: ${words}`, { day, leftOut });
    }
    // Of scopes and apps there may be thousands.
    const { scopes: _scopes, apps: _apps, ...fields } = report;
    log('info', `${day} is closed: ${summary(report)}`, fields);
    for (const one of report.scopes) {
      const { scope, recipients, ledger, unknownSpends = 0 } = one;
      if (ledger === null || recipients === ledger) continue;
      const words = `the record has ${recipients} recipients, the ledger ${ledger}`;
      const unknown = recipients > ledger ? `, with up to ${unknownSpends} of unknown outcome` : '';
      log('warn', `${day}, ${scope}: ${words}${unknown}`, { day, scope, recipients, ledger, unknownSpends });
      if (!isOvercharged(one)) continue;
      const what = `${day}, ${scope}: ${words}`;
      tell(log, 'error', `defect: ${what}`, { signal: 'defect', what });
    }
    return bound;
  }

  return async () => {
    const now = clock.now();
    const firstDay = (await days.touched()).map((row) => row.value.day).toSorted()[0];
    const closed: DayReport[] = [];
    for (const { day, from, to } of endedDays(now, firstDay, calendar)) {
      if (now < closableFrom(to, durations)) continue;
      if (await days.readReport(day)) continue;
      const report = await close(day, from, to);
      if (report) closed.push(report);
    }
    return closed;
  };
}

/** With the scopes that have a limit: of those without one there may be thousands. */
function summary({ scopes, messages, accepted, failed = 0 }: DayReport): string {
  const totals = scopes
    .filter(({ scope, limit }) => limit !== null || scope === 'tenant')
    .map(({ scope, recipients, limit }) => `${scope} ${recipients} of ${limit ?? 'no limit'}`);
  return `${messages} messages, ${accepted} recipients accepted, ${failed} failed; ${totals.join(', ')}`;
}
