/** The daily report as HTML (pure). The same facts as reportText.ts, in the same order. */
import type { AppLine, DailyReport, Lines, ScopeLine } from './dailyReport.ts';
import { bar, columnChart } from './htmlCharts.ts';
import {
  COLOURS,
  dataTable,
  escapeHtml,
  heading,
  layoutTable,
  mailPage,
  nameHtml,
  paragraph,
  textStyle,
} from './htmlMail.ts';
import type { FailureLine } from './reportActions.ts';
import {
  actorWords,
  count,
  dayWords,
  footWords,
  forecastWords,
  instantWords,
  limitWords,
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
    failures(report),
    scopes(report.scopes),
    apps(report.apps),
    hours(report),
    week(report),
    standing(report),
    forecasts(report),
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

function failures({ failures: causes, otherFailures, totals: { failed } }: DailyReport): string | null {
  if (failed === null) return null;
  const others = otherFailures.recipients + otherFailures.messages > 0;
  if (causes.length === 0 && !others) return null;
  const rows = causes.map((line) => [failureWords(line), number(line.recipients), number(line.messages)]);
  if (others) {
    rows.push(['All other causes', number(otherFailures.recipients), number(otherFailures.messages)]);
  }
  const columns = [
    { title: 'Cause, and what to do', percent: 56 },
    { title: 'Recipients', percent: 23, isNumber: true },
    { title: 'Messages', percent: 21, isNumber: true },
  ];
  return `${heading('Failures by cause')}\n${dataTable('Failures by cause', columns, rows)}`;
}

function failureWords({ cause, remedy, whoActs, apps: names, moreApps }: FailureLine): string {
  const more = moreApps > 0 ? ` and ${count(moreApps, 'other')}` : '';
  const quiet = `<span style="${textStyle(12, 18, 'quiet')}">`;
  return [
    `<b>${nameHtml(cause)}</b>`,
    nameHtml(sentence(remedy)),
    `${quiet}${escapeHtml(sentence(actorWords(whoActs)))} Apps: ${nameHtml(names.join(', '))}${more}</span>`,
  ].join('<br>');
}

function scopes({ shown, others }: Lines<ScopeLine>): string {
  const rows = shown.map(({ name, used, limit }) => [
    nameHtml(name),
    number(used),
    limitWords(limit),
    limitBar(used, limit),
  ]);
  if (others.lines > 0) rows.push([count(others.lines, 'other account'), number(others.recipients), '', '']);
  const columns = [
    { title: 'Counted for', percent: 36 },
    { title: 'Used', percent: 20, isNumber: true },
    { title: 'Limit', percent: 20, isNumber: true },
    { title: 'Share', percent: 24 },
  ];
  return `${heading('Used of the limits')}\n${dataTable('Used of the limits', columns, rows)}`;
}

function apps({ shown, others }: Lines<AppLine>): string | null {
  if (shown.length === 0) return null;
  const rows = shown.map(({ app, used, limit, accepted, failed }) => [
    nameHtml(app),
    noted(accepted),
    failed !== null && failed > 0
      ? `<span style="${textStyle(14, 20, 'bad', true)}">${number(failed)}</span>`
      : noted(failed),
    limit === null ? number(used) : `${number(used)} of ${number(limit)}<br>${limitBar(used, limit)}`,
  ]);
  if (others.lines > 0) rows.push([count(others.lines, 'other app'), '', '', number(others.recipients)]);
  const columns = [
    { title: 'App', percent: 32 },
    { title: 'Accepted', percent: 23, isNumber: true },
    { title: 'Failed', percent: 17, isNumber: true },
    { title: 'Used', percent: 28, isNumber: true },
  ];
  return `${heading('By app')}\n${dataTable('By app', columns, rows)}`;
}

function limitBar(used: number, limit: number | null): string {
  if (limit === null) return '';
  const percent = share(used, limit);
  return `<span style="${textStyle(12, 16, 'quiet')}">${percent} %</span>${bar(percent, percent >= 100 ? 'bad' : 'bar')}`;
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

function week({ week: all }: DailyReport): string {
  const most = Math.max(1, ...all.map(({ accepted }) => accepted ?? 0));
  const rows = all.map(({ name, accepted, failed }) => [
    escapeHtml(name),
    accepted === null
      ? `<span style="${textStyle(12, 20, 'quiet')}">no report</span>`
      : bar(share(accepted, most), 'bar', 14),
    accepted === null ? '' : number(accepted),
    failed === null ? '' : number(failed),
  ]);
  const columns = [
    { title: 'Day', percent: 28 },
    { title: 'Chart', percent: 31 },
    { title: 'Accepted', percent: 23, isNumber: true },
    { title: 'Failed', percent: 18, isNumber: true },
  ];
  return `${heading('The week')}\n${dataTable('The week', columns, rows)}`;
}

function standing({ now, timeZone }: DailyReport): string {
  const { deadLetters } = now;
  const waiting = now.waiting.map(({ room, recipients }) =>
    paragraph(`${count(recipients, 'recipient')} for ${escapeHtml(roomWords(room))}`),
  );
  const open = `${number(deadLetters.open)}${deadLetters.isMore ? ' or more' : ''}`;
  return [
    heading(`Now (${instantWords(now.at, timeZone)})`),
    ...(waiting.length === 0
      ? [paragraph('Nothing waits.')]
      : [paragraph('<b>Waiting, and going on by itself:</b>'), ...waiting]),
    paragraph(`Dead letters open: <b>${open}</b>`),
  ].join('\n');
}

function forecasts({ now, timeZone }: DailyReport): string | null {
  if (now.forecasts.length === 0) return null;
  const rows = now.forecasts.map(({ name, used, limit, reachedAt }) => [
    nameHtml(name),
    limit === null ? number(used) : `${number(used)} of ${number(limit)}`,
    forecastWords({ reachedAt, limit }, now, timeZone),
  ]);
  const columns = [
    { title: 'Counted for', percent: 32 },
    { title: 'Used so far', percent: 32, isNumber: true },
    { title: 'Limit', percent: 36 },
  ];
  return `${heading('Forecast for today')}\n${dataTable('Forecast for today', columns, rows)}`;
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
