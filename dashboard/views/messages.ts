/** The messages, newest first: by status, app, day, or whatever one knows of them. */
import type { MessageSummaryView, Page } from '../api/answers.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Query } from '../page/route.ts';
import type { Scene } from '../page/state.ts';
import type { Field } from '../parts/filters.ts';
import { filters } from '../parts/filters.ts';
import { progress } from '../parts/gauge.ts';
import { pages } from '../parts/pages.ts';
import { panel } from '../parts/panel.ts';
import { statusPill, subjectLink, when } from '../parts/words.ts';
import { formatNumber } from '../words/numbers.ts';
import { STATUS_WORDS, formatRoom } from '../words/statuses.ts';

export function messages(scene: Scene, query: Query): readonly Child[] {
  const reading = scene.read<Page<MessageSummaryView>>(PATHS.messages(query));
  return [
    h('div', { class: 'view-head', key: 'head' }, h('h1', { id: 'title', tabindex: '-1' }, 'Messages')),
    filters('Find messages', FIELDS, query, scene.actions.setQuery),
    panel(scene, {
      title: query['cursor'] === undefined ? 'Newest first' : 'Older',
      class: 'list',
      reading,
      aside: ({ items }) => [h('span', { class: 'foot' }, `${formatNumber(items.length)} on this page`)],
      body: (page) => [
        page.items.length === 0 ? nothing(page) : table(scene, page.items),
        pages('#/messages', query, page),
      ],
    }),
  ];
}

const FIELDS: readonly Field[] = [
  { kind: 'search', name: 'search', label: 'Search', hint: 'Subject, address, id, reference' },
  {
    kind: 'choice',
    name: 'status',
    label: 'Status',
    any: 'Any',
    options: Object.entries(STATUS_WORDS).map(([value, { label }]) => ({ value, label })),
  },
  { kind: 'text', name: 'app', label: 'App', hint: 'Any' },
  { kind: 'text', name: 'tag', label: 'Tag', hint: 'Any' },
  { kind: 'date', name: 'day', label: 'Day (UTC)' },
];

function nothing({ cursor }: Page<unknown>): VirtualElement {
  const text =
    cursor === undefined
      ? 'No message matches.'
      : 'None among those that were looked at; there are older ones.';
  return h('p', { class: 'empty' }, text);
}

function table(scene: Scene, items: readonly MessageSummaryView[]): VirtualElement {
  return h(
    'table',
    { class: 'rows messages' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ['Status', 'Subject', 'App', 'Recipients', 'Received'].map((name) =>
          h('th', { scope: 'col', key: name, class: name === 'Recipients' ? 'number' : '' }, name),
        ),
      ),
    ),
    h(
      'tbody',
      {},
      items.map((item) => row(scene, item)),
    ),
  );
}

function row(scene: Scene, message: MessageSummaryView): VirtualElement {
  const { id, status, app, counts, createdAt, waitsFor, reference, tags } = message;
  return h(
    'tr',
    { key: id },
    h('td', { class: 'c-status' }, statusPill(status)),
    h(
      'td',
      { class: 'c-subject' },
      subjectLink(message),
      h(
        'span',
        { class: 'sub' },
        waitsFor !== null && h('span', {}, `waits for ${formatRoom(waitsFor)}`),
        reference !== null && h('span', {}, reference),
        tags.map((tag) => h('span', { class: 'tag', key: tag }, tag)),
      ),
    ),
    h('td', { class: 'c-app' }, app),
    h(
      'td',
      { class: 'c-recipients number' },
      counts.accepted === counts.recipients
        ? formatNumber(counts.recipients)
        : `${formatNumber(counts.accepted)} of ${formatNumber(counts.recipients)}`,
      counts.waiting > 0 && counts.recipients > 1 && progress(counts, `Progress of ${message.subject}`),
    ),
    h('td', { class: 'c-when' }, when(scene, createdAt)),
  );
}
