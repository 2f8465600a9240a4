/**
 * Bars over hours or days. The drawing says its outcome in one sentence to who cannot see it; the numbers stand in a table below,
 * which everybody may open.
 */
import type { Bar } from '../figures/bars.ts';
import { axisEnd, showsLimit } from '../figures/bars.ts';
import type { VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { formatNumber } from '../words/numbers.ts';

export interface ChartOf {
  /** In one sentence: what is drawn, and its outcome. */
  readonly summary: string;
  readonly bars: readonly Bar[];
  readonly limit: number | null;
  /** The head of the table's first column: `Hour`. */
  readonly unit: string;
  /** What a bar without a value says. */
  readonly missing: string;
}

export function chart({ summary, bars, limit, unit, missing }: ChartOf): VirtualElement {
  const end = axisEnd(bars, limit);
  const most = Math.max(0, ...bars.map(({ value }) => value ?? 0));
  return h(
    'div',
    { class: 'chart' },
    h(
      'div',
      { class: 'plot', role: 'img', 'aria-label': summary },
      h(
        'div',
        { class: 'axis', 'aria-hidden': 'true' },
        axisLabel(end, 1),
        axisLabel(end, 0.5),
        axisLabel(end, 0),
      ),
      h(
        'div',
        { class: 'bars', 'aria-hidden': 'true' },
        h('div', { class: 'line top' }),
        h('div', { class: 'line middle' }),
        bars.map((bar) => drawBar(bar, end, missing)),
        showsLimit(most, limit) && drawLimit(limit, end),
      ),
      h(
        'div',
        { class: 'ticks', 'aria-hidden': 'true' },
        bars.map(({ key, tick }) => h('span', { key }, tick)),
      ),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'As a table'),
      h(
        'div',
        { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': `${summary} As a table` },
        h(
          'table',
          { class: 'numbers' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, unit),
              h('th', { scope: 'col', class: 'number' }, 'Recipients'),
            ),
          ),
          h(
            'tbody',
            {},
            bars.map(({ key, label, value }) =>
              h(
                'tr',
                { key },
                h('th', { scope: 'row' }, label),
                h('td', { class: 'number' }, value === null ? missing : formatNumber(value)),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function axisLabel(end: number, share: number): VirtualElement {
  const at = end * share;
  return h('span', { key: String(share) }, Number.isInteger(at) ? formatNumber(at) : '');
}

function drawBar({ key, label, value, isCurrent }: Bar, end: number, missing: string): VirtualElement {
  const said = value === null ? missing : formatNumber(value);
  const height = `${((value ?? 0) / end) * 100}%`;
  const kind = value === null ? 'none' : isCurrent ? 'current' : '';
  return h(
    'div',
    { class: 'slot', key, title: `${label}: ${said}` },
    h('div', { class: `bar ${kind}`, style: { height } }),
  );
}

function drawLimit(limit: number, end: number): VirtualElement {
  return h(
    'div',
    { class: 'limit', style: { bottom: `${(limit / end) * 100}%` } },
    h('span', {}, `limit ${formatNumber(limit)}`),
  );
}
