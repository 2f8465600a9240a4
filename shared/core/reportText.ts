/** The daily report as plain text (pure): the same facts as reportHtml.ts, in the same order, aligned for a fixed font. */
import type { DailyReport } from './dailyReport.ts';
import { BAR, align, barOf, titled, wrap } from './plainText.ts';
import {
  actorWords,
  count,
  dayWords,
  footWords,
  forecastTitle,
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

export function renderReportText(report: DailyReport): string {
  const sections = [
    head(report),
    actions(report),
    totals(report),
    failures(report),
    scopes(report),
    apps(report),
    hours(report),
    week(report),
    standing(report),
    forecasts(report),
    remarks(report),
    wrap(footWords(report.now.at, report.timeZone)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function head({ day, timeZone, headline, dashboardUrl, totals: { messages } }: DailyReport): string[] {
  return [
    ...wrap(headline),
    ...wrap(`${dayWords(day)}, time zone ${timeZone}. ${count(messages, 'new message')}.`),
    ...(dashboardUrl === null ? [] : [`Dashboard: ${dashboardUrl}`]),
  ];
}

function actions({ actions: all }: DailyReport): string[] {
  if (all.length === 0) return ['Nothing needs a person.'];
  return titled(
    'What needs a person',
    all.flatMap(({ what, remedy }) => wrap(`- ${what}. ${sentence(remedy)}`, '  ')),
  );
}

function totals({ totals: { accepted, failed, unknown, held } }: DailyReport): string[] {
  const rows = [
    [number(accepted), 'accepted'],
    [noted(failed), 'failed'],
    [noted(unknown), 'unknown'],
    [noted(held), 'held'],
  ];
  return titled('Recipients of the day', align(rows));
}

function failures({ failures: causes, otherFailures: others }: DailyReport): string[] {
  const lines = causes.flatMap(({ cause, remedy, whoActs, recipients, messages, apps: names, moreApps }) => [
    ...wrap(`${whom(recipients, messages)}: ${cause}`),
    ...wrap(`${sentence(remedy)} ${sentence(actorWords(whoActs))}`, '  ', '  '),
    ...wrap(`Apps: ${names.join(', ')}${moreApps > 0 ? ` and ${count(moreApps, 'other')}` : ''}`, '  ', '  '),
  ]);
  if (others.recipients + others.messages > 0) {
    lines.push(`${whom(others.recipients, others.messages)}: all other causes`);
  }
  return titled('Failures by cause', lines);
}

function whom(recipients: number, messages: number): string {
  const all = count(messages, 'message');
  return recipients === 0 ? all : `${count(recipients, 'recipient')} of ${all}`;
}

function scopes({ scopes: { shown, others } }: DailyReport): string[] {
  const rows = shown.map(({ name, used, limit }) => [
    number(used),
    limit === null ? '' : 'of',
    limitWords(limit),
    limit === null ? '' : `${barOf(share(used, limit))} ${share(used, limit)} %`,
    name,
  ]);
  if (others.lines > 0)
    rows.push([number(others.recipients), '', '', '', count(others.lines, 'other account')]);
  return titled('Used of the limits', align(rows));
}

function apps({ apps: { shown, others } }: DailyReport): string[] {
  const rows = shown.map(({ app, used, limit, accepted, failed }) => [
    `${noted(accepted)} accepted`,
    `${noted(failed)} failed`,
    limit === null ? `${number(used)} used` : `${number(used)} of ${number(limit)}`,
    limit === null ? '' : `${share(used, limit)} %`,
    app,
  ]);
  if (others.lines > 0) {
    rows.push(['', '', `${number(others.recipients)} used`, '', count(others.lines, 'other app')]);
  }
  return titled('By app', align(rows));
}

function hours({ hours: all, timeZone }: DailyReport): string[] {
  const most = Math.max(0, ...(all ?? []).map(({ recipients }) => recipients));
  if (all === null || most === 0) return [];
  const rows = all.map(({ hour, recipients }) => [
    `${hour}:00`,
    number(recipients),
    '#'.repeat(Math.ceil((share(recipients, most) * 2 * BAR) / 100)),
  ]);
  return titled(`By hour (${timeZone})`, align(rows));
}

function week({ week: all }: DailyReport): string[] {
  const most = Math.max(1, ...all.map(({ accepted }) => accepted ?? 0));
  const rows = all.map(({ name, accepted, failed }) => [
    name,
    accepted === null ? '-' : number(accepted),
    accepted === null ? 'no report' : barOf(share(accepted, most)),
    failed === null ? '' : `${number(failed)} failed`,
  ]);
  return titled('The week, recipients accepted', align(rows));
}

function standing({ now, timeZone }: DailyReport): string[] {
  const { deadLetters } = now;
  const { shown, others } = now.waiting;
  const waiting = shown.map(({ room, recipients }) => [number(recipients), `for ${roomWords(room)}`]);
  if (others.lines > 0) {
    waiting.push([number(others.recipients), `in ${count(others.lines, 'other room')}`]);
  }
  return titled(`Now (${instantWords(now.at, timeZone)})`, [
    ...(waiting.length === 0 ? ['Nothing waits.'] : ['Waiting, and going on by itself:', ...align(waiting)]),
    `Dead letters open: ${number(deadLetters.open)}${deadLetters.isMore ? ' or more' : ''}`,
  ]);
}

function forecasts({ now, timeZone }: DailyReport): string[] {
  const { shown, others, othersReached } = now.forecasts;
  const rows = shown.map(({ name, used, limit, reachedAt }) => [
    number(used),
    limit === null ? '' : `of ${number(limit)}`,
    forecastWords({ reachedAt, limit }, now, timeZone),
    name,
  ]);
  if (others.lines > 0) {
    const reached = othersReached > 0 ? `${number(othersReached)} of them reached` : '';
    rows.push(['', '', reached, count(others.lines, 'other limit')]);
  }
  return titled(forecastTitle(now.kind), align(rows));
}

function remarks({ differences, isUncompared, cost }: DailyReport): string[] {
  return [
    ...(cost === null
      ? []
      : wrap(`Cost: ${money(cost.dayUsd)} for the day, ${money(cost.monthUsd)} for the month so far.`)),
    ...differences.flatMap(({ name, record, ledger }) =>
      wrap(`Record and ledger differ for ${name}: ${number(record)} recorded, ${number(ledger)} taken.`),
    ),
    ...(isUncompared ? ['The day was closed too late to be compared with the ledger.'] : []),
  ];
}
