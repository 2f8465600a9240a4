/** The tables of the daily report's HTML (pure). Null: there is nothing to show. */
import type { AppLine, DailyReport, Lines, ScopeLine } from './dailyReport.ts';
import { bar } from './htmlCharts.ts';
import { dataTable, escapeHtml, heading, nameHtml, textStyle } from './htmlMail.ts';
import type { FailureLine } from './reportActions.ts';
import {
  actorWords,
  count,
  forecastTitle,
  forecastWords,
  limitWords,
  noted,
  number,
  sentence,
  share,
} from './reportWords.ts';

export function failureTable({
  failures: causes,
  otherFailures,
  totals: { failed },
}: DailyReport): string | null {
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

export function scopeTable({ shown, others }: Lines<ScopeLine>): string {
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

export function appTable({ shown, others }: Lines<AppLine>): string | null {
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

export function weekTable({ week: all }: DailyReport): string {
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
    { title: 'Day', percent: 32 },
    { title: 'Chart', percent: 27 },
    { title: 'Accepted', percent: 23, isNumber: true },
    { title: 'Failed', percent: 18, isNumber: true },
  ];
  return `${heading('The week')}\n${dataTable('The week', columns, rows)}`;
}

export function forecastTable({ now, timeZone }: DailyReport): string | null {
  const { shown, others, othersReached } = now.forecasts;
  if (shown.length === 0) return null;
  const rows = shown.map(({ name, used, limit, reachedAt }) => [
    nameHtml(name),
    limit === null ? number(used) : `${number(used)} of ${number(limit)}`,
    forecastWords({ reachedAt, limit }, now, timeZone),
  ]);
  if (others.lines > 0) {
    const reached = othersReached > 0 ? `${number(othersReached)} of them reached` : '';
    // Not added up: a recipient counts against its account's and its app's.
    rows.push([count(others.lines, 'other limit'), '', reached]);
  }
  const columns = [
    { title: 'Counted for', percent: 32 },
    { title: 'Used so far', percent: 32, isNumber: true },
    { title: 'Limit', percent: 36 },
  ];
  const title = forecastTitle(now.kind);
  return `${heading(title)}\n${dataTable(title, columns, rows)}`;
}
