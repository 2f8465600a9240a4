/** A day's report as a message of our own (pure), as any app would hand one in. */
import { createHash } from 'node:crypto';
import type { DailyReport } from './dailyReport.ts';
import { makeMessageId } from './messageId.ts';
import type { DayReport } from './records.ts';
import { renderReportHtml } from './reportHtml.ts';
import { renderReportText } from './reportText.ts';

/** The app that the reports belong to: a quota or an account of its own can be laid down for it, as for any. */
const REPORT_APP = 'hve-mailer';

/**
 * The id of the day's mail, out of what stands in its report alone: whoever hands it in, and however often, names the same
 * message, and the insert of its row decides.
 */
export function reportMessageId({ day, timeZone, closedAt }: DayReport): string {
  return makeMessageId(closedAt, createHash('sha256').update(`the report of ${day} in ${timeZone}`).digest());
}

/** What `accept` takes. Nobody is to answer it, a machine least of all. */
export function reportMessage(report: DailyReport, recipients: readonly string[]): Record<string, unknown> {
  return {
    app: REPORT_APP,
    reference: `daily-report-${report.day}`,
    from: { displayName: 'hve-mailer' },
    to: recipients,
    subject: report.subject,
    text: renderReportText(report),
    html: renderReportHtml(report),
    headers: { 'Auto-Submitted': 'auto-generated' },
    tags: ['daily-report'],
    priority: 'normal',
  };
}
