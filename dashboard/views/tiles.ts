/** Four figures: what is left, until when, how much has gone, what failed. */
import type { DeadLetterView, Page, UsageView } from '../api/answers.ts';
import type { Gauge } from '../figures/gauges.ts';
import { gaugeOf } from '../figures/gauges.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Scene } from '../page/state.ts';
import { formatNumber, formatShare, formatUsd } from '../words/numbers.ts';

const DAY_MS = 86_400_000;

export function tiles(scene: Scene, usage: UsageView | null): VirtualElement {
  const tenant = usage?.scopes.find(({ scope }) => scope === 'tenant');
  const gauge = tenant && gaugeOf(tenant);
  const waiting = usage?.scopes.reduce((sum, scope) => sum + scope.waiting, 0) ?? null;
  const cost = usage?.cost.amount ?? 0;
  const isRolling = usage?.window.kind === 'rolling';
  return h(
    'dl',
    { class: 'tiles', key: 'tiles' },
    tile(isRolling ? 'Left now' : 'Left today', leftOf(gauge), [leftNote(gauge)]),
    tile(
      'Limit reached',
      reachedOf(scene, gauge, isRolling),
      [reachedNote(scene, gauge, usage)],
      reachedTone(gauge),
    ),
    tile(
      isRolling ? 'Recipients in 24 hours' : 'Recipients today',
      tenant ? formatNumber(tenant.used) : null,
      [
        cost > 0 && formatUsd(cost),
        waiting ? `${formatNumber(waiting)} wait for the quota` : 'nobody waits for the quota',
      ],
    ),
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

function reachedOf({ times, state }: Scene, gauge: Gauge | undefined, isRolling: boolean): string | null {
  if (gauge === undefined) return null;
  if (gauge.level === 'full') return 'now';
  if (gauge.reachedAt !== null) return times.when(gauge.reachedAt, state.now);
  return isRolling ? 'not in 24 h' : 'not today';
}

function reachedNote({ times, state }: Scene, gauge: Gauge | undefined, usage: UsageView | null): string {
  if (gauge?.level === 'full') {
    return usage?.window.kind === 'calendar'
      ? `new mail waits until ${times.when(usage.window.endsAt, state.now)}`
      : 'new mail waits until there is room';
  }
  return gauge?.limit === null ? 'there is none' : 'by the forecast';
}

function reachedTone(gauge: Gauge | undefined): string {
  if (gauge?.level === 'full') return 'bad';
  return gauge?.reachedAt ? 'waits' : '';
}

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
