/** What was given up: find it, see why, send it again. */
import type { DeadLetterView, Page } from '../api/answers.ts';
import { redriveLetters } from '../actions/redriveLetters.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Query } from '../page/route.ts';
import { hashOf } from '../page/route.ts';
import type { Scene } from '../page/state.ts';
import type { Field } from '../parts/filters.ts';
import { filters } from '../parts/filters.ts';
import { pages } from '../parts/pages.ts';
import { panel } from '../parts/panel.ts';
import { button, causeAndRemedy, pill, when } from '../parts/words.ts';
import { formatCount, formatNumber } from '../words/numbers.ts';
import { REASON_WORDS } from '../words/reasons.ts';

export function deadLetters(scene: Scene, query: Query): readonly Child[] {
  // The cause is not the API's to filter by: what it gives is looked through here.
  const { cause, ...asked } = query;
  const reading = scene.read<Page<DeadLetterView>>(PATHS.deadLetters(query));
  const shown = (page: Page<DeadLetterView>): readonly DeadLetterView[] =>
    cause === undefined
      ? page.items
      : page.items.filter(({ failures }) => failures.some((one) => one.cause === cause));
  return [
    h('div', { class: 'view-head', key: 'head' }, h('h1', { id: 'title', tabindex: '-1' }, 'Dead letters')),
    filters('Find dead letters', FIELDS, query, scene.actions.setQuery),
    cause !== undefined && causeNote(scene, cause, asked),
    panel(scene, {
      title: query['cursor'] === undefined ? 'Newest first' : 'Older',
      class: 'list',
      reading,
      aside: (page) => [toolbar(scene, shown(page), asked, cause)],
      body: (page) => [
        shown(page).length === 0 ? h('p', { class: 'empty' }, nothing(page)) : list(scene, shown(page)),
        pages('#/dead-letters', query, page),
      ],
    }),
  ];
}

const FIELDS: readonly Field[] = [
  {
    kind: 'choice',
    name: 'reason',
    label: 'Reason',
    any: 'Any',
    options: Object.entries(REASON_WORDS).map(([value, { label }]) => ({ value, label })),
  },
  { kind: 'text', name: 'app', label: 'App', hint: 'Any' },
  { kind: 'date', name: 'day', label: 'Day of the message (UTC)' },
];

function nothing({ cursor }: Page<unknown>): string {
  return cursor === undefined
    ? 'Nothing: no message was given up that is not on its way again.'
    : 'None among those that were looked at; there are older ones.';
}

function causeNote({ actions }: Scene, cause: string, others: Query): VirtualElement {
  return h(
    'p',
    { class: 'chip-line', key: 'cause' },
    'Only those with the cause ',
    h('strong', {}, cause),
    button('Show all causes', () => actions.setQuery(others), { class: 'quiet' }),
  );
}

function toolbar(
  scene: Scene,
  shown: readonly DeadLetterView[],
  asked: Query,
  cause: string | undefined,
): VirtualElement {
  const { state, actions } = scene;
  const ids = shown.map(({ id }) => id).filter((id) => state.ticked.has(id));
  const { cursor: _page, ...filter } = asked;
  return h(
    'div',
    { class: 'toolbar' },
    h(
      'span',
      { class: 'foot', role: 'status' },
      ids.length === 0 ? '' : `${formatNumber(ids.length)} selected`,
    ),
    button(
      'Send selected again',
      () => redriveLetters(actions, { ids }, formatCount(ids.length, 'dead letter')),
      {
        class: 'primary',
        disabled: ids.length === 0,
      },
    ),
    // By cause only those that are seen here: the API has no such filter.
    cause === undefined &&
      button('Send all that match', () => redriveLetters(actions, { filter }, 'all that match'), {
        disabled: shown.length === 0,
      }),
  );
}

function list(scene: Scene, shown: readonly DeadLetterView[]): VirtualElement {
  const { state, actions } = scene;
  const all = shown.every(({ id }) => state.ticked.has(id));
  const tick = (ids: readonly string[], isOn: boolean): void => {
    const ticked = new Set(state.ticked);
    for (const id of ids) {
      if (isOn) ticked.add(id);
      else ticked.delete(id);
    }
    actions.change({ ticked });
  };
  return h(
    'div',
    {},
    h(
      'label',
      { class: 'tick-all' },
      h('input', {
        type: 'checkbox',
        checked: all,
        indeterminate: !all && shown.some(({ id }) => state.ticked.has(id)),
        onChange: () =>
          tick(
            shown.map(({ id }) => id),
            !all,
          ),
      }),
      'Select all on this page',
    ),
    h(
      'ul',
      { class: 'letters' },
      shown.map((letter) => row(scene, letter, (isOn) => tick([letter.id], isOn))),
    ),
  );
}

function row(scene: Scene, letter: DeadLetterView, tick: (isOn: boolean) => void): VirtualElement {
  const { id, messageId, subject, app, at, reason, failures, lastReply, delivery } = letter;
  const isOn = scene.state.ticked.has(id);
  const name = subject ?? messageId ?? id;
  const { label, tone } = REASON_WORDS[reason];
  return h(
    'li',
    { key: id, class: isOn ? 'ticked' : '' },
    h('input', {
      type: 'checkbox',
      checked: isOn,
      'aria-label': `Select ${name}`,
      onChange: () => tick(!isOn),
    }),
    h(
      'div',
      { class: 'letter' },
      h(
        'div',
        { class: 'letter-head' },
        pill(label, tone),
        messageId === null
          ? h('span', { class: 'subject' }, name)
          : h('a', { class: 'subject', href: hashOf({ view: 'message', id: messageId }) }, name),
        h(
          'span',
          { class: 'of' },
          [app ?? 'no app', delivery > 0 && `delivery ${delivery}`].filter(Boolean).join(' · '),
        ),
        when(scene, at),
      ),
      failures.map((failure) =>
        h(
          'div',
          { key: failure.cause, class: 'letter-why' },
          failure.recipients > 0 &&
            h('span', { class: 'count' }, formatCount(failure.recipients, 'recipient')),
          causeAndRemedy(failure.cause, failure.remedy),
        ),
      ),
      h(
        'p',
        { class: 'letter-foot' },
        lastReply !== null && h('code', {}, lastReply),
        h('a', { href: hashOf({ view: 'deadLetter', id }) }, 'Details'),
      ),
    ),
  );
}
