/** Each recipient of a message with its outcome; who failed first, since that is what one looks for. */
import type { MessageView } from '../api/answers.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Reading } from '../page/reading.ts';
import type { Scene } from '../page/state.ts';
import { panel } from '../parts/panel.ts';
import { button, causeAndRemedy, pill, when } from '../parts/words.ts';
import { formatCount, formatNumber } from '../words/numbers.ts';
import type { Tone } from '../words/statuses.ts';

type Recipient = MessageView['recipients'][number];

const TONES: Readonly<Record<string, Tone>> = {
  accepted: 'good',
  failed: 'bad',
  unknown: 'waits',
  waiting: 'quiet',
  captured: 'quiet',
};
/** Those that a person must look at come first. */
const ORDER = ['failed', 'unknown', 'waiting', 'accepted', 'captured'];
const PAGE = 50;
/** So few need no search. */
const SEARCH_FROM = 10;

export function recipientsPanel(scene: Scene, reading: Reading<MessageView>): VirtualElement {
  return panel(scene, {
    title: 'Recipients',
    reading,
    aside: ({ recipients }) => [recipients.length > SEARCH_FROM && search(scene)],
    body: ({ recipients }) => list(scene, recipients),
  });
}

function list(scene: Scene, all: readonly Recipient[]): readonly Child[] {
  const { recipients: wanted } = scene.state;
  const text = wanted.text.toLowerCase();
  const found = all
    .filter(({ address }) => address.toLowerCase().includes(text))
    .toSorted((left, right) => ORDER.indexOf(left.status) - ORDER.indexOf(right.status));
  const shown = found.slice(0, wanted.shown);
  if (all.length === 0) return [h('p', { class: 'empty' }, 'No recipient could be read from it.')];
  if (shown.length === 0) return [h('p', { class: 'empty' }, 'No recipient matches.')];
  return [
    h(
      'ul',
      { class: 'recipients' },
      shown.map((recipient) => row(scene, recipient)),
    ),
    found.length > shown.length &&
      h(
        'p',
        { class: 'more' },
        button(`Show ${formatCount(Math.min(PAGE, found.length - shown.length), 'more recipient')}`, () =>
          scene.actions.change({ recipients: { ...wanted, shown: wanted.shown + PAGE } }),
        ),
        h('span', { class: 'foot' }, `${formatNumber(shown.length)} of ${formatNumber(found.length)}`),
      ),
  ];
}

function row(
  scene: Scene,
  { address, kind, delivery, status, reply, cause, remedy, at }: Recipient,
): VirtualElement {
  const isTold = status !== 'accepted' && reply !== null;
  return h(
    'li',
    { key: `${delivery} ${address}` },
    h(
      'div',
      { class: 'recipient' },
      pill(status, TONES[status] ?? 'quiet'),
      h('span', { class: 'address' }, address),
      kind === 'external' && h('span', { class: 'tag' }, 'external'),
      at !== null && when(scene, at),
    ),
    isTold && causeAndRemedy(cause, remedy),
    isTold && h('p', { class: 'reply' }, h('code', {}, reply)),
  );
}

function search({ state, actions }: Scene): VirtualElement {
  const { recipients } = state;
  return h(
    'label',
    { class: 'inline' },
    h('span', { class: 'hidden' }, 'Find a recipient'),
    h('input', {
      type: 'search',
      placeholder: 'Find a recipient',
      value: recipients.text,
      autocomplete: 'off',
      onInput: ({ target }: Event) => {
        if (target instanceof HTMLInputElement) {
          actions.change({ recipients: { ...recipients, text: target.value.trim(), shown: PAGE } });
        }
      },
    }),
  );
}
