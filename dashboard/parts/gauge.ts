/** A quota as a bar: used, leased and waiting of its limit, the rest is left. */
import type { Gauge } from '../figures/gauges.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Scene } from '../page/state.ts';
import { formatCount, formatNumber, formatShare } from '../words/numbers.ts';
import { formatScope } from '../words/statuses.ts';
import { when } from './words.ts';

export function gaugeRow(scene: Scene, gauge: Gauge): VirtualElement {
  const { scope, limit, used, leased, waiting } = gauge;
  const name = formatScope(scope);
  return h(
    'li',
    { class: `gauge ${gauge.level}`, key: scope },
    h(
      'div',
      { class: 'gauge-head' },
      h('h3', {}, scope.startsWith('account:') ? name : capital(name)),
      h('p', { class: 'gauge-left' }, ...left(gauge)),
    ),
    limit !== null && bar(gauge, name),
    limit !== null &&
      h(
        'p',
        { class: 'gauge-facts' },
        h('span', {}, h('b', {}, formatNumber(used)), ' used'),
        leased > 0 && h('span', {}, h('b', {}, formatNumber(leased)), ' leased'),
        waiting > 0 && h('span', { class: 'waits' }, h('b', {}, formatNumber(waiting)), ' waiting'),
        h('span', {}, 'of ', h('b', {}, formatNumber(limit))),
        h('span', { class: 'forecast' }, ...forecast(scene, gauge)),
      ),
  );
}

function bar({ shares, limit, used, leased, waiting, remaining }: Gauge, name: string): VirtualElement {
  const text = `${formatNumber(used)} used, ${formatNumber(leased)} leased, ${formatNumber(waiting)} waiting, ${formatNumber(remaining ?? 0)} left of ${formatNumber(limit ?? 0)}`;
  return h(
    'div',
    {
      class: 'meter',
      role: 'meter',
      'aria-label': `Quota of ${name}`,
      'aria-valuemin': '0',
      'aria-valuemax': String(limit ?? 0),
      'aria-valuenow': String(Math.min(used, limit ?? 0)),
      'aria-valuetext': text,
    },
    h('div', { class: 'used', style: width(shares.used) }),
    h('div', { class: 'leased', style: width(shares.leased) }),
    h('div', { class: 'waiting', style: width(shares.waiting) }),
  );
}

function width(share: number): Record<string, string> {
  return { width: `${share * 100}%` };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function left({ limit, remaining, used }: Gauge): readonly Child[] {
  if (limit === null) return [h('b', {}, formatNumber(used)), ' used, no limit'];
  if (limit === 0) return ['none allowed'];
  const share = formatShare((remaining ?? 0) / limit);
  return [h('b', {}, formatNumber(remaining ?? 0)), ` left (${share})`];
}

function forecast(scene: Scene, { limit, level, reachedAt }: Gauge): readonly Child[] {
  if (limit === null || limit === 0) return [];
  if (level === 'full') return ['limit reached'];
  if (reachedAt === null) return ['forecast: it is enough'];
  return ['forecast: reached at ', when(scene, reachedAt)];
}

/** How far a message is: accepted, failed and waiting of its recipients. */
export function progress(
  counts: {
    readonly recipients: number;
    readonly accepted: number;
    readonly failed: number;
    readonly unknown: number;
  },
  label: string,
): VirtualElement {
  const { recipients, accepted, failed, unknown } = counts;
  const whole = Math.max(1, recipients);
  const done = accepted + failed + unknown;
  const text = `${formatNumber(accepted)} accepted, ${formatNumber(failed)} failed, ${formatNumber(unknown)} unknown of ${formatCount(recipients, 'recipient')}`;
  return h(
    'div',
    {
      class: 'meter progress',
      role: 'progressbar',
      'aria-label': label,
      'aria-valuemin': '0',
      'aria-valuemax': String(recipients),
      'aria-valuenow': String(done),
      'aria-valuetext': text,
      title: text,
    },
    h('div', { class: 'accepted', style: width(accepted / whole) }),
    h('div', { class: 'unknown', style: width(unknown / whole) }),
    h('div', { class: 'failed', style: width(failed / whole) }),
  );
}
