/** What is around every view: the way about, what is wrong with the app, how fresh it all is, dialogs. */
import type { HealthView } from '../api/answers.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS, needsOf } from '../page/needs.ts';
import type { Route } from '../page/route.ts';
import { hashOf } from '../page/route.ts';
import type { Scene } from '../page/state.ts';
import { button, causeAndRemedy } from '../parts/words.ts';
import { access } from './access.ts';
import { accounts } from './accounts.ts';
import { deadLetter } from './deadLetter.ts';
import { deadLetters } from './deadLetters.ts';
import { dialog } from './dialog.ts';
import { message } from './message.ts';
import { messages } from './messages.ts';
import { overview } from './overview.ts';

export function shell(scene: Scene): readonly VirtualElement[] {
  const { state } = scene;
  const isOpen = state.access === 'open';
  return [
    h('a', { class: 'skip', href: '#main', key: 'skip', onClick: skip }, 'Skip to the content'),
    header(scene, isOpen),
    ...(isOpen ? banner(scene) : []),
    h(
      'main',
      { id: 'main', key: `main-${isOpen ? state.route.view : 'access'}`, tabindex: '-1' },
      isOpen ? view(scene) : access(scene),
    ),
    h('div', { class: 'notices', role: 'status', key: 'notices' }, notice(scene)),
    ...(state.dialog ? [dialog(scene, state.dialog)] : []),
  ];
}

/** The address says where on the page one is: it must not change for this. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function view(scene: Scene): readonly Child[] {
  const { route } = scene.state;
  switch (route.view) {
    case 'overview':
      return overview(scene);
    case 'messages':
      return messages(scene, route.query);
    case 'message':
      return message(scene, route.id);
    case 'deadLetters':
      return deadLetters(scene, route.query);
    case 'deadLetter':
      return deadLetter(scene, route.id);
    case 'accounts':
      return accounts(scene);
  }
}

const VIEWS: readonly {
  readonly route: Route;
  readonly label: string;
  readonly of: readonly Route['view'][];
}[] = [
  { route: { view: 'overview' }, label: 'Overview', of: ['overview'] },
  { route: { view: 'messages', query: {} }, label: 'Messages', of: ['messages', 'message'] },
  { route: { view: 'deadLetters', query: {} }, label: 'Dead letters', of: ['deadLetters', 'deadLetter'] },
  { route: { view: 'accounts' }, label: 'Accounts', of: ['accounts'] },
];

function header(scene: Scene, isOpen: boolean): VirtualElement {
  const { state, actions } = scene;
  return h(
    'header',
    { class: 'bar', key: 'bar' },
    h(
      'a',
      { class: 'brand', href: '#/' },
      h('img', { src: 'dashboard/icon.svg', alt: '', width: '26', height: '26' }),
      'hve-mailer',
    ),
    isOpen &&
      h(
        'nav',
        { 'aria-label': 'Views' },
        VIEWS.map(({ route, label, of }) =>
          h(
            'a',
            {
              key: label,
              href: hashOf(route),
              'aria-current': of.includes(state.route.view) ? 'page' : null,
            },
            label,
          ),
        ),
      ),
    isOpen &&
      h(
        'div',
        { class: 'fresh' },
        freshWords(scene),
        button(pauseWords(state.isPaused), () => actions.change({ isPaused: !state.isPaused }), {
          class: 'quiet',
          title: state.isPaused
            ? 'This page reads anew by itself again'
            : 'This page reads nothing anew by itself; mail goes on',
        }),
        button('Refresh', () => actions.refresh(), { class: 'quiet' }),
        state.hasKey && button('Forget key', () => actions.forgetKey(), { class: 'quiet' }),
      ),
  );
}

/** Not the pause of the mail, which is elsewhere; on a phone the second word is for screen readers only. */
function pauseWords(isPaused: boolean): readonly Child[] {
  return [isPaused ? 'Resume' : 'Pause', h('span', { class: 'narrow-hidden' }, ' updates')];
}

/** How fresh it is; what failed says so itself, where it stands. */
function freshWords({ state, times, read }: Scene): VirtualElement {
  const readings = needsOf(state.route, read)
    .filter(({ isOptional }) => isOptional !== true)
    .map(({ path }) => read(path));
  const failed = readings.filter(({ problem }) => problem !== null).length;
  const instants = readings.flatMap(({ at }) => (at === null ? [] : [at]));
  if (failed > 0) {
    return h(
      'p',
      { class: 'fresh-words bad' },
      failed === readings.length ? 'Not answering' : 'Partly stale',
    );
  }
  if (instants.length === 0) return h('p', { class: 'fresh-words' }, 'Loading…');
  const kind = state.isPaused ? 'paused' : 'live';
  const words = state.isPaused ? 'Paused' : 'Updated';
  return h(
    'p',
    { class: `fresh-words ${kind}` },
    h('span', { class: 'long' }, words),
    times.exactTime(Math.max(...instants)),
  );
}

function banner(scene: Scene): readonly VirtualElement[] {
  const { value } = scene.read<HealthView>(PATHS.health);
  if (value === null || value.status === 'ok') return [];
  const troubled = value.checks.filter(({ status }) => status !== 'ok');
  const isFailing = value.status === 'failing';
  return [
    h(
      'section',
      { class: `banner ${isFailing ? 'bad' : 'waits'}`, 'aria-label': 'Health', key: 'banner' },
      h('h2', {}, isFailing ? 'No mail goes' : 'Something needs attention'),
      h(
        'ul',
        {},
        troubled.map(({ name, cause, remedy }) =>
          h('li', { key: name }, h('strong', {}, name), causeAndRemedy(cause, remedy)),
        ),
      ),
      h('a', { href: '#/accounts' }, 'Look at the accounts'),
    ),
  ];
}

function notice({ state, actions }: Scene): Child {
  if (state.notice === null) return null;
  const { tone, text } = state.notice;
  return h(
    'div',
    { class: `notice ${tone}` },
    h('p', {}, text),
    button('✕', () => actions.change({ notice: null }), { class: 'quiet', 'aria-label': 'Dismiss' }),
  );
}
