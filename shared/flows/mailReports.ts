/**
 * Mails the report of each day that was closed a short while ago, through HVE like any message of any app.
 *
 *   closed ── its message stands already ............. mailed, once
 *        ├── closed more than 20 hours ago ........... never mailed: before the setting, or while the app stood still
 *        └── else handed in; what fails is tried again an hour later
 *
 * No mark is kept of what was mailed: the message's id follows from the report, and its row is the mark. So a crash between closing
 * the day and handing in loses nothing, and two instances hand in one message. The row stands longer than 20 hours: a message is
 * kept for a day after its final status at the least.
 */
import type { Calendar } from '../core/calendarDay.ts';
import { addDays, previousDay } from '../core/calendarDay.ts';
import { makeDailyReport, WEEK_DAYS } from '../core/makeDailyReport.ts';
import type { DayReport } from '../core/records.ts';
import { reportMessage, reportMessageId } from '../core/reportMessage.ts';
import type { Clock, Days, Log, MessageStore } from '../ports.ts';
import type { AcceptMessage } from './acceptMessage.ts';
import type { ReadReportFacts } from './reportFacts.ts';

export type MailReports = () => Promise<void>;

/** Not scaled, as retention is not. */
const MAILED_WITHIN_MS = 20 * 3_600_000;
/** Days before today: after a weekend of standing still the three of it are mailed, after two weeks not fourteen. */
const MAILED_DAYS = 3;

export function makeMailReports(deps: {
  days: Days;
  store: MessageStore;
  accept: AcceptMessage;
  readFacts: ReadReportFacts;
  calendar: Calendar;
  pricePerMillionUsd: number;
  recipients: readonly string[];
  clock: Clock;
  log: Log;
}): MailReports {
  const { days, store, accept, readFacts, calendar, pricePerMillionUsd, recipients, clock, log } = deps;

  /** The oldest first. */
  async function dueReports(): Promise<DayReport[]> {
    const now = clock.now();
    const today = calendar.dayOf(now);
    const due: DayReport[] = [];
    for await (const report of days.reports(addDays(today, -MAILED_DAYS), previousDay(today))) {
      if (now - report.closedAt >= MAILED_WITHIN_MS) continue;
      if ((await store.readHead(reportMessageId(report))) === null) due.unshift(report);
    }
    return due;
  }

  async function daysAround({ day }: DayReport): Promise<DayReport[]> {
    const weekStart = addDays(day, 1 - WEEK_DAYS);
    const monthStart = `${day.slice(0, 8)}01`;
    const found: DayReport[] = [];
    for await (const report of days.reports(weekStart < monthStart ? weekStart : monthStart, day)) {
      // Of thousands of scopes nobody asks here.
      found.push({ ...report, scopes: [] });
    }
    return found;
  }

  async function mail(report: DayReport): Promise<void> {
    const { day } = report;
    const [around, now] = await Promise.all([daysAround(report), readFacts()]);
    const written = makeDailyReport({ report, days: around, pricePerMillionUsd, now });
    const value = reportMessage(written, recipients);
    const accepted = await accept({ id: reportMessageId(report), value, source: 'report' });
    if (accepted.kind === 'accepted') {
      const { id } = accepted;
      log('info', `the report of ${day} is handed in as ${id}`, {
        day,
        messageId: id,
        to: recipients.length,
      });
      return;
    }
    const why =
      accepted.kind === 'invalid'
        ? accepted.problems.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')
        : accepted.kind;
    const remedy = 'look at HVE_REPORT_RECIPIENTS, and at the rules of the app hve-mailer';
    log('error', `the report of ${day} cannot be mailed: ${why}; ${remedy}. It is tried again`, { day });
  }

  return async () => {
    if (recipients.length === 0) return;
    for (const report of await dueReports()) await mail(report);
  };
}
