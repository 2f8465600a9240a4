/** What failed, by cause, with what to do about it and the means to send it again. */
import type { DayView, DeadLetterView, MessageSummaryView, Page } from '../api/answers.ts';
import { redriveLetters } from '../actions/redriveLetters.ts';
import type { FailureGroup } from '../figures/failureGroups.ts';
import { groupFailures } from '../figures/failureGroups.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS, yesterdayOf } from '../page/needs.ts';
import { hashOf } from '../page/route.ts';
import type { Scene } from '../page/state.ts';
import { panel } from '../parts/panel.ts';
import { button, sentence, when } from '../parts/words.ts';
import { formatCount, formatNumber } from '../words/numbers.ts';
import { formatDay } from '../words/times.ts';

const DAY_MS = 86_400_000;
const GROUPS_SHOWN = 5;

export function failuresPanel(scene: Scene): VirtualElement {
  const held = scene.read<Page<MessageSummaryView>>(PATHS.held).value;
  return panel(scene, {
    title: 'What failed, and what to do',
    class: 'failures',
    reading: scene.read<Page<DeadLetterView>>(PATHS.failures),
    aside: () => [
      h('a', { href: '#/dead-letters' }, 'Show all', h('span', { class: 'hidden' }, ' dead letters')),
    ],
    body: (letters) => [heldNote(held), ...groups(scene, letters), reportNote(scene)],
  });
}

function heldNote(held: Page<MessageSummaryView> | null): Child {
  if (!held || held.items.length === 0) return null;
  const count =
    held.cursor === undefined
      ? formatCount(held.items.length, 'message')
      : `At least ${held.items.length} messages`;
  const isOne = held.items.length === 1 && held.cursor === undefined;
  return h(
    'p',
    { class: 'held' },
    `${count} ${isOne ? 'waits' : 'wait'} for a person: whether ${isOne ? 'it' : 'they'} arrived is not known. `,
    h('a', { href: hashOf({ view: 'messages', query: { status: 'held' } }) }, 'Release or cancel'),
  );
}

/** What the closed day's report says: it counts what was sent again since, too. */
function reportNote({ read }: Scene): Child {
  const report = yesterdayOf(read).flatMap((day) => read<DayView>(PATHS.day(day)).value ?? [])[0];
  if (report === undefined) return null;
  const { day, messages, accepted, failed, unknown } = report;
  const failures = failed === null ? '' : `, ${formatNumber(failed)} failed`;
  const unknowns = unknown ? `, of ${formatNumber(unknown)} it is not known` : '';
  return h(
    'p',
    { class: 'foot' },
    `The report of ${formatDay(day)}: ${formatCount(messages, 'message')}, ${formatCount(accepted, 'recipient')} accepted${failures}${unknowns}.`,
  );
}

function groups(scene: Scene, { items, cursor }: Page<DeadLetterView>): readonly Child[] {
  const { times, state } = scene;
  const all = groupFailures(items, {
    today: times.day(state.now),
    yesterday: times.day(state.now - DAY_MS),
    dayOf: (at) => times.day(at),
  });
  if (all.length === 0) {
    return [
      h(
        'p',
        { class: 'fine' },
        'Nothing: every message of the kept days has reached its recipients, or is on its way.',
      ),
    ];
  }
  const more = all.length - GROUPS_SHOWN;
  return [
    h(
      'ul',
      { class: 'groups' },
      all.slice(0, GROUPS_SHOWN).map((group) => failureGroup(scene, group)),
    ),
    more > 0 && h('p', { class: 'foot' }, `${formatCount(more, 'more cause')} among the dead letters.`),
    cursor !== undefined &&
      h('p', { class: 'foot' }, `Counted are the latest ${items.length}; there are more.`),
  ];
}

function failureGroup(scene: Scene, group: FailureGroup): VirtualElement {
  const { cause, remedy, whoActs, letterIds, messages, recipients, apps, examples, newestAt } = group;
  const ofCause = hashOf({ view: 'deadLetters', query: { cause } });
  return h(
    'li',
    { class: 'group', key: cause },
    h(
      'div',
      { class: 'group-count' },
      h('b', {}, formatCount(messages, 'message')),
      h('span', {}, daysOf(group)),
    ),
    h(
      'div',
      { class: 'group-why' },
      h('h3', {}, sentence(cause)),
      h('p', { class: 'remedy' }, h('span', { class: 'what' }, 'What to do: '), sentence(remedy)),
      h(
        'p',
        { class: 'group-facts' },
        h('span', {}, ACTORS[whoActs]),
        recipients > 0 && h('span', {}, formatCount(recipients, 'recipient')),
        apps.length > 0 && h('span', {}, `from ${apps.join(', ')}`),
        h('span', {}, 'last ', when(scene, newestAt)),
        examples.map(({ messageId, subject }) =>
          h(
            'a',
            { key: messageId, class: 'example', href: hashOf({ view: 'message', id: messageId }) },
            subject ?? messageId,
          ),
        ),
      ),
    ),
    h(
      'div',
      { class: 'group-actions' },
      h('a', { class: 'button', href: ofCause }, 'Show', h('span', { class: 'hidden' }, `: ${cause}`)),
      button(
        'Send again',
        () => redriveLetters(scene.actions, { ids: letterIds }, formatCount(messages, 'message')),
        { class: recipients > 0 ? 'primary' : '', 'aria-label': `Send again: ${cause}` },
      ),
    ),
  );
}

const ACTORS: Readonly<Record<FailureGroup['whoActs'], string>> = {
  nobody: 'nobody has to act',
  app: 'for whoever runs the app',
  operator: 'for the operator',
};

function daysOf({ messages, today, yesterday }: FailureGroup): string {
  const before = messages - today - yesterday;
  const parts = [
    today > 0 && (today === messages ? 'today' : `${today} today`),
    yesterday > 0 && (yesterday === messages ? 'yesterday' : `${yesterday} yesterday`),
    before > 0 && (before === messages ? 'before yesterday' : `${before} before`),
  ];
  return parts.filter((part) => part !== false).join(', ');
}
