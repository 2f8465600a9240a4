/** One dead letter: why, the last reply, and the original where no record has it. */
import type { DeadLetterDetailView } from '../api/answers.ts';
import { redriveLetters } from '../actions/redriveLetters.ts';
import type { Child } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import { hashOf } from '../page/route.ts';
import type { Scene } from '../page/state.ts';
import { freshness, panel } from '../parts/panel.ts';
import { button, causeAndRemedy, pill, when } from '../parts/words.ts';
import { formatCount } from '../words/numbers.ts';
import { REASON_WORDS } from '../words/reasons.ts';

export function deadLetter(scene: Scene, id: string): readonly Child[] {
  const reading = scene.read<DeadLetterDetailView>(PATHS.deadLetter(id));
  const { value } = reading;
  return [
    h(
      'div',
      { class: 'view-head', key: 'head' },
      h('a', { class: 'back', href: '#/dead-letters' }, '‹ Dead letters'),
      h(
        'div',
        { class: 'title-line' },
        h(
          'h1',
          { id: 'title', tabindex: '-1', class: 'subject-title' },
          value?.subject ?? value?.messageId ?? id,
        ),
        value && pill(REASON_WORDS[value.reason].label, REASON_WORDS[value.reason].tone),
        value &&
          value.messageId !== null &&
          !value.stale &&
          h(
            'div',
            { class: 'head-actions' },
            button(
              'Send again',
              () => redriveLetters(scene.actions, { ids: [value.id] }, 'this dead letter'),
              {
                class: 'primary',
              },
            ),
          ),
      ),
      value && h('p', { class: 'meaning' }, meaning(value)),
    ),
    value === null && h('div', { class: 'panel', key: 'nothing' }, freshness(scene, reading)),
    value !== null &&
      panel(scene, {
        title: 'Why',
        reading,
        body: (of) => [
          of.failures.map(({ cause, remedy, recipients }) =>
            h(
              'div',
              { key: cause, class: 'letter-why' },
              recipients > 0 && h('span', { class: 'count' }, formatCount(recipients, 'recipient')),
              causeAndRemedy(cause, remedy),
            ),
          ),
          facts(scene, of),
        ],
      }),
    value?.original !== null &&
      value !== null &&
      panel(scene, {
        title: 'As it came',
        reading,
        body: ({ original, originalEncoding }) => [
          originalEncoding === 'base64' && h('p', { class: 'foot' }, 'It is no text: shown is its base64.'),
          h('pre', { tabindex: '0' }, original ?? ''),
        ],
      }),
  ];
}

function meaning({ reason, stale }: DeadLetterDetailView): string {
  if (stale) return 'The delivery has gone on since: nothing is left to do about this one.';
  const words = REASON_WORDS[reason].meaning;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function facts(
  scene: Scene,
  { app, at, attempt, delivery, detail, lastReply, messageId, id }: DeadLetterDetailView,
): Child {
  const list: readonly (readonly [string, Child])[] = [
    ['Message', messageId && h('a', { href: hashOf({ view: 'message', id: messageId }) }, messageId)],
    ['App', app],
    ['Given up', when(scene, at)],
    ['Delivery', delivery > 0 && String(delivery)],
    ['Attempt', String(attempt)],
    ['Last reply', lastReply && h('code', {}, lastReply)],
    ['In words', h('span', { class: 'lines' }, detail)],
    ['Id', h('code', {}, id)],
  ];
  return h(
    'dl',
    { class: 'facts' },
    list.flatMap(([name, said]) =>
      said ? [h('div', { key: name }, h('dt', {}, name), h('dd', {}, said))] : [],
    ),
  );
}
