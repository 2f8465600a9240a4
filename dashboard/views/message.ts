/** One message: how it stands, what became of each recipient and why, and what can be done. */
import type { MessageView, OperationView } from '../api/answers.ts';
import { ACTION_WORDS, askToChange } from '../actions/changeMessage.ts';
import { timeLineOf } from '../figures/timeLine.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Reading } from '../page/reading.ts';
import type { Scene } from '../page/state.ts';
import { progress } from '../parts/gauge.ts';
import { freshness, panel } from '../parts/panel.ts';
import { button, statusPill, when } from '../parts/words.ts';
import { formatCount, formatNumber } from '../words/numbers.ts';
import type { Action } from '../words/statuses.ts';
import { STATUS_WORDS, actionsFor, formatNext, formatRoom } from '../words/statuses.ts';
import { contentPanel } from './content.ts';
import { recipientsPanel } from './recipients.ts';

export function message(scene: Scene, id: string): readonly Child[] {
  const reading = scene.read<MessageView>(PATHS.message(id));
  const value = withCounts(scene, reading);
  if (value === null) {
    return [head(scene, id, null), h('div', { class: 'panel', key: 'nothing' }, freshness(scene, reading))];
  }
  return [
    head(scene, id, value),
    freshness(scene, reading),
    h('div', { class: 'panel summary', key: 'summary' }, counts(value), facts(scene, value)),
    value.problems.length > 0 && problems(value),
    h(
      'div',
      { class: 'columns detail', key: 'columns' },
      recipientsPanel(scene, reading),
      panel(scene, { title: 'Time line', reading, body: (of) => [timeLine(scene, of)] }),
    ),
    contentPanel(scene, value),
  ];
}

/** With the counts that were read since, where it is large and on its way. */
function withCounts({ read }: Scene, { value, at }: Reading<MessageView>): MessageView | null {
  if (value === null) return null;
  const operation = read<OperationView>(PATHS.operation(value.id));
  if (operation.value === null || (operation.at ?? 0) < (at ?? 0)) return value;
  return { ...value, status: operation.value.status, counts: operation.value.counts };
}

function head(scene: Scene, id: string, value: MessageView | null): VirtualElement {
  const subject = value === null ? id : value.subject || '(no subject)';
  return h(
    'div',
    { class: 'view-head', key: 'head' },
    h('a', { class: 'back', href: '#/messages' }, '‹ Messages'),
    h(
      'div',
      { class: 'title-line' },
      h('h1', { id: 'title', tabindex: '-1', class: 'subject-title' }, subject),
      value && statusPill(value.status),
      value &&
        h(
          'div',
          { class: 'head-actions' },
          actionsOf(value).map((action) =>
            button(ACTION_WORDS[action].label, () => askToChange(scene.actions, action, value), {
              key: action,
              class: action === 'cancel' ? 'grave' : 'primary',
            }),
          ),
        ),
    ),
    value && h('p', { class: 'meaning' }, meaning(scene, value)),
  );
}

/** What has lost its content can be sent by its app only. */
function actionsOf({ status, contentRemovedAt }: MessageView): readonly Action[] {
  return actionsFor(status).filter((action) => action !== 'redrive' || contentRemovedAt === null);
}

function meaning({ times, state }: Scene, { status, waitsFor, nextAttemptAt }: MessageView): string {
  const words = waitsFor === null ? STATUS_WORDS[status].meaning : `it waits for ${formatRoom(waitsFor)}`;
  const next =
    nextAttemptAt === null
      ? ''
      : `, and ${formatNext(waitsFor)} ${times.fromNow(nextAttemptAt, state.now)}, at ${times.when(nextAttemptAt, state.now)}`;
  const whole = words + next;
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}.`;
}

function counts({ counts: of, subject }: MessageView): VirtualElement {
  const shown = [
    ['recipients', of.recipients, ''],
    ['accepted', of.accepted, 'good'],
    ['failed', of.failed, of.failed > 0 ? 'bad' : ''],
    ['unknown', of.unknown, of.unknown > 0 ? 'waits' : ''],
    ['waiting', of.waiting, ''],
  ] as const;
  return h(
    'div',
    { class: 'counts' },
    h(
      'ul',
      {},
      shown.map(([name, count, tone]) =>
        h('li', { key: name, class: tone }, h('b', {}, formatNumber(count)), ` ${name}`),
      ),
    ),
    progress(of, `Progress of ${subject}`),
  );
}

function facts(scene: Scene, value: MessageView): VirtualElement {
  const {
    app,
    from,
    reference,
    idempotencyKey,
    tags,
    createdAt,
    updatedAt,
    counts: of,
    id,
    deliveries,
  } = value;
  const accounts = [...new Set(deliveries.map(({ account }) => account))].join(', ');
  const kinds = `${formatNumber(of.internal)} internal, ${formatNumber(of.external)} external`;
  const list: readonly (readonly [string, Child])[] = [
    ['App', app],
    ['From', from || accounts],
    [value.status === 'rejected' ? 'Received' : 'Accepted', when(scene, createdAt)],
    ['Last change', when(scene, updatedAt)],
    ['Recipients', kinds],
    ['Deliveries', deliveries.length > 1 && formatCount(deliveries.length, 'delivery', 'deliveries')],
    ['Reference', reference],
    ['Idempotency key', idempotencyKey],
    ['Tags', tags.length > 0 && tags.map((tag) => h('span', { class: 'tag', key: tag }, tag))],
    ['Id', h('code', {}, id)],
    [
      'Message-ID',
      deliveries.length === 1 && deliveries[0]?.messageId && h('code', {}, deliveries[0].messageId),
    ],
  ];
  return h(
    'dl',
    { class: 'facts' },
    list.flatMap(([name, said]) =>
      said ? [h('div', { key: name }, h('dt', {}, name), h('dd', {}, said))] : [],
    ),
  );
}

function problems({ problems: of }: MessageView): VirtualElement {
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'problems', key: 'problems' },
    h('div', { class: 'panel-head' }, h('h2', { id: 'problems' }, 'Why it was rejected')),
    h(
      'ul',
      { class: 'problem-list' },
      of.map(({ pointer, code, detail }) =>
        h('li', {}, h('code', {}, pointer || '(whole)'), ` ${detail} `, h('span', { class: 'sub' }, code)),
      ),
    ),
    h(
      'p',
      { class: 'remedy' },
      h('span', { class: 'what' }, 'What to do: '),
      'Correct it where it is made, and submit it anew.',
    ),
  );
}

function timeLine(scene: Scene, value: MessageView): VirtualElement {
  return h(
    'ol',
    { class: 'time-line' },
    timeLineOf(value).map(({ at, title, detail, tone }) =>
      h(
        'li',
        { class: tone },
        h('div', { class: 'event' }, h('h3', {}, title), at !== null && when(scene, at)),
        detail !== null && h('p', {}, detail),
      ),
    ),
  );
}
