/** The daily report as HTML (pure). The same facts as reportText.ts, in the same order. */
import type { DailyReport } from './dailyReport.ts';
import { columnChart } from './htmlCharts.ts';
import {
  COLOURS,
  escapeHtml,
  heading,
  layoutTable,
  mailPage,
  nameHtml,
  paragraph,
  textStyle,
} from './htmlMail.ts';
import { appTable, failureTable, forecastTable, scopeTable, weekTable } from './reportTables.ts';
import {
  count,
  dayWords,
  footWords,
  instantWords,
  money,
  noted,
  number,
  roomWords,
  sentence,
  share,
} from './reportWords.ts';

export function renderReportHtml(report: DailyReport): string {
  const sections = [
    head(report),
    actions(report),
    totals(report),
    failureTable(report),
    scopeTable(report.scopes),
    appTable(report.apps),
    hours(report),
    weekTable(report),
    standing(report),
    forecastTable(report),
    remarks(report),
    foot(report),
  ];
  return mailPage(
    report.subject,
    sections.filter((section) => section !== null),
  );
}

function head({ day, timeZone, headline, dashboardUrl, totals: { messages } }: DailyReport): string {
  const link =
    dashboardUrl === null
      ? ''
      : paragraph(
          `<a href="${escapeHtml(dashboardUrl)}" style="${textStyle(14, 20)};color:${COLOURS.bar}">Open the dashboard</a>`,
        );
  return [
    `<h1 style="margin:0;padding:0;${textStyle(20, 28, 'text', true)}">${escapeHtml(headline)}</h1>`,
    paragraph(
      `${dayWords(day)}, time zone ${escapeHtml(timeZone)}. ${count(messages, 'new message')}.`,
      'quiet',
    ),
    link,
  ].join('\n');
}

function actions({ actions: all }: DailyReport): string {
  if (all.length === 0) return box('good', paragraph('<b>Nothing needs a person.</b>'));
  const items = all.map(({ what, remedy }) =>
    paragraph(`<b>${nameHtml(what)}.</b> ${nameHtml(sentence(remedy))}`),
  );
  return box('bad', `${heading('What needs a person')}\n${items.join('\n')}`);
}

function totals({ totals: { accepted, failed, unknown, held } }: DailyReport): string {
  const cells = [
    total(accepted, 'accepted'),
    total(failed, 'failed', 'bad'),
    total(unknown, 'unknown'),
    total(held, 'held', 'bad'),
  ];
  const table = layoutTable(`<tr>${cells.join('')}</tr>`, ' style="width:100%;table-layout:fixed"');
  return `${heading('Recipients of the day')}\n${table}`;
}

function total(n: number | null, name: string, colour: 'text' | 'bad' = 'text'): string {
  const shown = textStyle(18, 26, n !== null && n > 0 ? colour : 'text', true);
  return `<td width="25%" valign="top" style="padding:0 4px 0 0;${textStyle(12, 16, 'quiet')}"><span style="${shown}">${noted(n)}</span><br>${name}</td>`;
}

function hours({ hours: all, timeZone }: DailyReport): string | null {
  if (all === null) return null;
  const most = Math.max(0, ...all.map(({ recipients }) => recipients));
  if (most === 0) return null;
  const peak = all.find(({ recipients }) => recipients === most)!;
  const peakWords = `most in the hour from ${peak.hour}:00: ${count(most, 'recipient')}`;
  const values = all.map(({ hour, recipients }) => `${hour}:00 ${number(recipients)}`).join(', ');
  const chart = columnChart(
    all.map(({ hour, recipients }) => ({ label: hour, percent: share(recipients, most) })),
    `Recipients by hour in the zone ${timeZone}: ${values}`,
  );
  return `${heading('By hour')}\n${paragraph(`${escapeHtml(timeZone)}, ${peakWords}`, 'quiet')}\n${chart}`;
}

function standing({ now, timeZone }: DailyReport): string {
  const { deadLetters } = now;
  const { shown, others } = now.waiting;
  const waiting = shown.map(({ room, recipients }) =>
    paragraph(`${count(recipients, 'recipient')} for ${escapeHtml(roomWords(room))}`),
  );
  if (others.lines > 0) {
    waiting.push(
      paragraph(`${count(others.recipients, 'recipient')} in ${count(others.lines, 'other room')}`),
    );
  }
  const open = `${number(deadLetters.open)}${deadLetters.isMore ? ' or more' : ''}`;
  return [
    heading(`Now (${instantWords(now.at, timeZone)})`),
    ...(waiting.length === 0
      ? [paragraph('Nothing waits.')]
      : [paragraph('<b>Waiting, and going on by itself:</b>'), ...waiting]),
    paragraph(`Dead letters open: <b>${open}</b>`),
  ].join('\n');
}

function remarks({ differences, isUncompared, cost }: DailyReport): string | null {
  const lines = [
    ...(cost === null
      ? []
      : [`<b>Cost</b>: ${money(cost.dayUsd)} for the day, ${money(cost.monthUsd)} for the month so far.`]),
    ...differences.map(
      ({ name, record, ledger }) =>
        `<b>Record and ledger differ</b> for ${escapeHtml(name)}: ${number(record)} recorded, ${number(ledger)} taken.`,
    ),
    ...(isUncompared ? ['The day was closed too late to be compared with the ledger.'] : []),
  ];
  return lines.length === 0 ? null : lines.map((line) => paragraph(line)).join('\n');
}

function foot({ timeZone, now }: DailyReport): string {
  const words = footWords(now.at, timeZone);
  return `<p style="margin:0;padding:0;${textStyle(12, 18, 'quiet')}">${escapeHtml(words)}</p>`;
}

/** A stripe of colour at the left, HTML beside it. */
function box(colour: 'good' | 'bad', html: string): string {
  return layoutTable(
    `<tr><td width="4" bgcolor="${COLOURS[colour]}" style="width:4px;font-size:1px">&nbsp;</td><td style="padding:4px 0 4px 12px">${html}</td></tr>`,
  );
}
