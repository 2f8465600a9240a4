/** What has just come, and what large is on its way. */
import type { MessageSummaryView, Page } from '../api/answers.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Scene } from '../page/state.ts';
import { progress } from '../parts/gauge.ts';
import { panel } from '../parts/panel.ts';
import { statusPill, subjectLink, when } from '../parts/words.ts';
import { formatCount, formatNumber } from '../words/numbers.ts';
import { isOver } from '../words/statuses.ts';

const LATEST_SHOWN = 8;
/** Below this a bar says no more than the status. */
const LARGE_RECIPIENTS = 20;

/** Large messages that are not over: each with a bar that moves. */
export function progressPanel(scene: Scene): Child {
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

export function latestPanel(scene: Scene): VirtualElement {
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
