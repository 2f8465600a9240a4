/** The limits as gauges: used, leased, waiting, left, and when each will be reached. */
import type { UsageView } from '../api/answers.ts';
import { gaugesOf } from '../figures/gauges.ts';
import type { VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Reading } from '../page/reading.ts';
import type { Scene } from '../page/state.ts';
import { gaugeRow } from '../parts/gauge.ts';
import { panel } from '../parts/panel.ts';

export function quotaPanel(scene: Scene, reading: Reading<UsageView>): VirtualElement {
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

function legend(): VirtualElement {
  return h(
    'p',
    { class: 'legend' },
    h('span', { class: 'key used', title: 'spent, or being spent' }, 'used'),
    h('span', { class: 'key leased', title: 'taken in advance; what is not used comes back' }, 'leased'),
    h('span', { class: 'key waiting', title: 'waits until there is room in this limit' }, 'waiting'),
  );
}

function windowNote({ times, state }: Scene, { window, scopes }: UsageView): VirtualElement {
  const ends =
    window.kind === 'calendar'
      ? `The day is counted in ${window.timeZone}; it ends ${times.when(window.endsAt, state.now)} your time.`
      : `The last 24 hours are counted; the next hour falls out at ${times.time(window.endsAt)} your time.`;
  const isLeased = scopes.some(({ limit, leased }) => limit !== null && leased > 0);
  const leases = isLeased ? ' Leased is taken in advance; what is not used comes back.' : '';
  return h('p', { class: 'foot' }, `${ends} Times on this page are in ${times.zone}.${leases}`);
}
