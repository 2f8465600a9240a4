/** The first screen: what is wrong and what to do, how much of the limit is left, what goes on. */
import type { DeadLetterView, MessageSummaryView, Page, PastDayView, UsageView } from '../api/answers.ts';
import { dayBars, hourBars } from '../figures/bars.ts';
import type { Gauge } from '../figures/gauges.ts';
import { gaugeOf, gaugesOf } from '../figures/gauges.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Reading } from '../page/reading.ts';
import type { Scene } from '../page/state.ts';
import { chart } from '../parts/chart.ts';
import { gaugeRow, progress } from '../parts/gauge.ts';
import { panel } from '../parts/panel.ts';
import { statusPill, when } from '../parts/words.ts';
import { formatCount, formatNumber, formatShare, formatUsd } from '../words/numbers.ts';
import { formatScope, isOver } from '../words/statuses.ts';
import { formatDay } from '../words/times.ts';
import { failuresPanel } from './failures.ts';

const HISTORY_DAYS = 30;
const LATEST_SHOWN = 8;
/** Below this a bar says no more than the status. */
const LARGE_RECIPIENTS = 20;

export function overview(scene: Scene): readonly Child[] {
  const usage = scene.read<UsageView>(PATHS.usage);
  const history = scene.read<Page<PastDayView>>(PATHS.history);
  return [
    heading(usage.value),
    tiles(scene, usage.value),
    failuresPanel(scene),
    progressPanel(scene),
    h(
      'div',
      { class: 'columns', key: 'quota' },
      h('div', { class: 'stack' }, quotaPanel(scene, usage), latestPanel(scene)),
      h(
        'div',
        { class: 'stack' },
        panel(scene, {
          title: 'Hour by hour',
          reading: usage,
          aside: (value) => [scopeChoice(scene, value)],
          body: (value) => [hourChart(scene, value)],
        }),
        panel(scene, {
          title: 'Last 30 days',
          reading: history,
          body: ({ items }) => dayChart(scene, items, usage.value),
        }),
      ),
    ),
  ];
}

function quotaPanel(scene: Scene, reading: Reading<UsageView>): VirtualElement {
  return panel(scene, {
    title: 'Quota',
    reading,
    aside: () => [legend()],
    body: (value) => [
      h(
        'ul',
        { class: 'gauges' },
        gaugesOf(value).map((gauge) => gaugeRow(scene, gauge)),
      ),
      windowNote(scene, value),
    ],
  });
}

function heading(usage: UsageView | null): VirtualElement {
  const day = usage ? formatDay(usage.window.day) : 'Today';
  const zone = usage
    ? ` · ${usage.window.kind === 'calendar' ? 'day' : 'last 24 hours'} in ${usage.window.timeZone}`
    : '';
  return h(
    'div',
    { class: 'view-head', key: 'head' },
    h('h1', { id: 'title', tabindex: '-1' }, day, h('small', {}, zone)),
  );
}

function tiles(scene: Scene, usage: UsageView | null): VirtualElement {
  const tenant = usage?.scopes.find(({ scope }) => scope === 'tenant');
  const gauge = tenant && gaugeOf(tenant);
  const waiting = usage?.scopes.reduce((sum, scope) => sum + scope.waiting, 0) ?? null;
  const cost = usage?.cost.amount ?? 0;
  return h(
    'dl',
    { class: 'tiles', key: 'tiles' },
    tile('Left today', leftOf(gauge), [leftNote(gauge)]),
    tile('Limit reached', reachedOf(scene, gauge), [reachedNote(gauge)], reachedTone(gauge)),
    tile('Recipients today', tenant ? formatNumber(tenant.used) : null, [
      cost > 0 && formatUsd(cost),
      waiting ? `${formatNumber(waiting)} wait for the quota` : 'nobody waits for the quota',
    ]),
    failedTile(scene),
  );
}

/** By when they were given up, in the zone of whoever looks; a message of several dead letters counts once. */
function failedTile({ read, times, state }: Scene): VirtualElement {
  const { value } = read<Page<DeadLetterView>>(PATHS.failures);
  const failedOn = (at: number): number => {
    const ofDay = (value?.items ?? []).filter((letter) => times.day(letter.at) === times.day(at));
    return new Set(ofDay.map(({ messageId, id }) => messageId ?? id)).size;
  };
  const today = failedOn(state.now);
  const yesterday = failedOn(state.now - DAY_MS);
  const note = `${formatNumber(today)} today · ${formatNumber(yesterday)} yesterday`;
  const both = today + yesterday;
  return tile('Messages failed', value && formatNumber(both), [note], both > 0 ? 'bad' : '');
}

function leftOf(gauge: Gauge | undefined): string | null {
  if (gauge === undefined) return null;
  return gauge.limit === null ? 'no limit' : formatNumber(gauge.remaining ?? 0);
}

function leftNote(gauge: Gauge | undefined): string {
  if (!gauge?.limit) return 'recipients';
  const leased = gauge.leased > 0 ? ` · ${formatNumber(gauge.leased)} more leased` : '';
  return `${formatShare((gauge.remaining ?? 0) / gauge.limit)} of ${formatNumber(gauge.limit)}${leased}`;
}

function reachedOf({ times, state }: Scene, gauge: Gauge | undefined): string | null {
  if (gauge === undefined) return null;
  if (gauge.level === 'full') return 'now';
  return gauge.reachedAt === null ? 'not today' : times.when(gauge.reachedAt, state.now);
}

function reachedNote(gauge: Gauge | undefined): string {
  if (gauge?.level === 'full') return 'what comes waits for room';
  return gauge?.limit === null ? 'there is none' : 'by the forecast';
}

function reachedTone(gauge: Gauge | undefined): string {
  if (gauge?.level === 'full') return 'bad';
  return gauge?.reachedAt ? 'waits' : '';
}

const DAY_MS = 86_400_000;

function tile(name: string, value: string | null, notes: readonly Child[], tone = ''): VirtualElement {
  const said = notes.filter((note) => typeof note === 'string');
  return h(
    'div',
    { class: `tile ${tone}`, key: name },
    h('dt', {}, name),
    h('dd', { class: 'value' }, value ?? '–'),
    h('dd', { class: 'note' }, value === null ? 'not known' : said.join(' · ')),
  );
}

function legend(): VirtualElement {
  return h(
    'p',
    { class: 'legend' },
    h('span', { class: 'key used', title: 'spent, or being spent' }, 'used'),
    h('span', { class: 'key leased', title: 'taken in advance; what is not used comes back' }, 'leased'),
    h('span', { class: 'key waiting', title: 'waits for room in this limit' }, 'waiting'),
  );
}

function windowNote({ times, state }: Scene, { window }: UsageView): VirtualElement {
  const ends =
    window.kind === 'calendar'
      ? `The day is counted in ${window.timeZone}; it ends at ${times.when(window.endsAt, state.now)} your time.`
      : `The last 24 hours are counted; the next hour falls out at ${times.time(window.endsAt)} your time.`;
  return h('p', { class: 'foot' }, `${ends} Times on this page are in ${times.zone}.`);
}

function scopeChoice({ state, actions }: Scene, { scopes }: UsageView): VirtualElement {
  return h(
    'label',
    { class: 'inline' },
    h('span', { class: 'hidden' }, 'Show the hours of'),
    h(
      'select',
      {
        value: state.scope,
        onChange: (event: Event) => {
          if (event.target instanceof HTMLSelectElement) actions.change({ scope: event.target.value });
        },
      },
      scopes.map(({ scope }) => h('option', { value: scope, key: scope }, formatScope(scope))),
    ),
  );
}

function hourChart({ state, times }: Scene, usage: UsageView): VirtualElement {
  const bars = hourBars(usage, state.scope, (at) => times.time(at));
  const known = bars.filter(({ value }) => value !== null);
  const total = known.reduce((sum, { value }) => sum + (value ?? 0), 0);
  const [top] = known.toSorted((left, right) => (right.value ?? 0) - (left.value ?? 0));
  const most = top?.value ? `, most from ${top.label} with ${formatNumber(top.value)}` : '';
  return chart({
    summary: `Recipients by hour of ${formatScope(state.scope)}: ${formatNumber(total)} in all${most}.`,
    bars,
    limit: null,
    unit: 'Hour',
    missing: 'not yet',
  });
}

function dayChart(
  { state }: Scene,
  items: readonly PastDayView[],
  usage: UsageView | null,
): readonly Child[] {
  if (items.length === 0) {
    return [h('p', { class: 'empty' }, 'No day has been closed yet: the first one shows here tomorrow.')];
  }
  const today = usage?.window.day ?? new Date(state.now).toISOString().slice(0, 10);
  const bars = dayBars(items, today, HISTORY_DAYS, state.scope);
  const limit = usage?.scopes.find(({ scope }) => scope === state.scope)?.limit ?? null;
  const total = bars.reduce((sum, { value }) => sum + (value ?? 0), 0);
  const cost = items.reduce((sum, day) => sum + day.cost.amount, 0);
  return [
    chart({
      summary: `Recipients by day of ${formatScope(state.scope)}: ${formatNumber(total)} in the last 30 days.`,
      bars,
      limit,
      unit: 'Day',
      missing: 'no report',
    }),
    h(
      'p',
      { class: 'foot' },
      `${formatNumber(total)} recipients in 30 days`,
      cost > 0 && `, ${formatUsd(cost)}`,
      limit !== null && ` · limit ${formatNumber(limit)} a day`,
    ),
  ];
}

/** Large messages that are not over: each with a bar that moves. */
function progressPanel(scene: Scene): Child {
  const reading = scene.read<Page<MessageSummaryView>>(PATHS.latest);
  const going = (reading.value?.items ?? []).filter(
    ({ status, counts }) =>
      !isOver(status) && status !== 'scheduled' && counts.recipients >= LARGE_RECIPIENTS,
  );
  if (going.length === 0) return null;
  return panel(scene, {
    title: 'In progress',
    class: 'going',
    reading,
    body: () => [
      h(
        'ul',
        { class: 'going-list' },
        going.map((message) =>
          h(
            'li',
            { key: message.id },
            h(
              'div',
              { class: 'going-head' },
              subjectLink(message),
              statusPill(message.status),
              h(
                'span',
                { class: 'number' },
                `${formatNumber(message.counts.recipients - message.counts.waiting)} of ${formatNumber(message.counts.recipients)}`,
              ),
            ),
            progress(message.counts, `Progress of ${message.subject}`),
          ),
        ),
      ),
    ],
  });
}

function latestPanel(scene: Scene): VirtualElement {
  return panel(scene, {
    title: 'Latest messages',
    reading: scene.read<Page<MessageSummaryView>>(PATHS.latest),
    aside: () => [h('a', { href: '#/messages' }, 'Show all', h('span', { class: 'hidden' }, ' messages'))],
    body: ({ items }) => [
      items.length === 0
        ? h('p', { class: 'empty' }, 'No message has come yet.')
        : h(
            'ul',
            { class: 'latest' },
            items
              .slice(0, LATEST_SHOWN)
              .map((message) =>
                h(
                  'li',
                  { key: message.id },
                  subjectLink(message),
                  statusPill(message.status),
                  h(
                    'span',
                    { class: 'of' },
                    `${message.app} · ${formatCount(message.counts.recipients, 'recipient')}`,
                  ),
                  when(scene, message.createdAt),
                ),
              ),
          ),
    ],
  });
}

export function subjectLink({
  id,
  subject,
}: {
  readonly id: string;
  readonly subject: string;
}): VirtualElement {
  return h(
    'a',
    { class: 'subject', href: `#/messages/${encodeURIComponent(id)}` },
    subject === '' ? '(no subject)' : subject,
  );
}
