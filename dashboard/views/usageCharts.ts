/** When mail was sent: by the hours of the window, and over the last days. */
import type { Page, PastDayView, UsageView } from '../api/answers.ts';
import { dayBars, hourBars } from '../figures/bars.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Reading } from '../page/reading.ts';
import type { Scene } from '../page/state.ts';
import { chart } from '../parts/chart.ts';
import { panel } from '../parts/panel.ts';
import { formatNumber, formatUsd } from '../words/numbers.ts';
import { formatScope } from '../words/statuses.ts';

const HISTORY_DAYS = 30;

export function hoursPanel(scene: Scene, reading: Reading<UsageView>): VirtualElement {
  return panel(scene, {
    title: 'Hour by hour',
    reading,
    aside: (value) => [scopeChoice(scene, value)],
    body: (value) => [hourChart(scene, value)],
  });
}

/** Of the scope that is chosen above, against its limit of today. */
export function daysPanel(scene: Scene): VirtualElement {
  const usage = scene.read<UsageView>(PATHS.usage).value;
  return panel(scene, {
    title: 'Last 30 days',
    reading: scene.read<Page<PastDayView>>(PATHS.history),
    body: ({ items }) => dayChart(scene, items, usage),
  });
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
