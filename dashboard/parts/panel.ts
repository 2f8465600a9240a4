/** A part of the page that shows one answer of the API, whatever became of it: on its way, fresh, stale or failed. */
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Reading } from '../page/reading.ts';
import type { Scene } from '../page/state.ts';
import { problemBlock } from './words.ts';

interface PanelOf<Value> {
  readonly title: string;
  readonly class?: string;
  readonly reading: Reading<Value>;
  /** At the right of the title. */
  readonly aside?: (value: Value) => readonly Child[];
  readonly body: (value: Value) => readonly Child[];
}

export function panel<Value>(
  scene: Scene,
  { title, reading, aside, body, ...of }: PanelOf<Value>,
): VirtualElement {
  const { value } = reading;
  const id = `panel-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return h(
    'section',
    { class: `panel ${of.class ?? ''}`, 'aria-labelledby': id, key: id },
    h('div', { class: 'panel-head' }, h('h2', { id }, title), value !== null && aside?.(value)),
    freshness(scene, reading),
    value !== null && body(value),
  );
}

/** Nothing where the value is fresh; never blank where there is none. */
export function freshness({ times }: Scene, { value, at, problem }: Reading<unknown>): Child {
  if (problem === null) return value === null ? h('p', { class: 'loading' }, 'Loading…') : null;
  if (at === null) return problemBlock(problem);
  return h(
    'div',
    { class: 'stale' },
    h('p', {}, h('strong', {}, `As of ${times.exactTime(at)}. `), 'It could not be read anew:'),
    problemBlock(problem),
  );
}
