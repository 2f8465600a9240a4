/** The first screen: what is wrong and what to do, how much of the limit is left, what goes on. */
import type { UsageView } from '../api/answers.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Scene } from '../page/state.ts';
import { formatDay } from '../words/times.ts';
import { failuresPanel } from './failures.ts';
import { latestPanel, progressPanel } from './latest.ts';
import { quotaPanel } from './quota.ts';
import { tiles } from './tiles.ts';
import { daysPanel, hoursPanel } from './usageCharts.ts';

export function overview(scene: Scene): readonly Child[] {
  const usage = scene.read<UsageView>(PATHS.usage);
  return [
    heading(usage.value),
    tiles(scene, usage.value),
    failuresPanel(scene),
    progressPanel(scene),
    h(
      'div',
      { class: 'columns', key: 'quota' },
      h('div', { class: 'stack' }, quotaPanel(scene, usage), latestPanel(scene)),
      h('div', { class: 'stack' }, hoursPanel(scene, usage), daysPanel(scene)),
    ),
  ];
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
