/** The sender accounts: whether mail goes through each, if not why and until when, and a person's pause. */
import type { AccountView, HealthView, Page, UsageView } from '../api/answers.ts';
import { askToPause, askToResume } from '../actions/pauseAccounts.ts';
import type { ScopeOfUsage } from '../figures/gauges.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import type { Scene } from '../page/state.ts';
import { panel } from '../parts/panel.ts';
import { button, causeAndRemedy, pill, when } from '../parts/words.ts';
import { formatCount, formatNumber } from '../words/numbers.ts';
import type { Tone } from '../words/statuses.ts';

export function accounts(scene: Scene): readonly Child[] {
  const usage = scene.read<UsageView>(PATHS.usage).value;
  return [
    h(
      'div',
      { class: 'view-head', key: 'head' },
      h(
        'div',
        { class: 'title-line' },
        h('h1', { id: 'title', tabindex: '-1' }, 'Sender accounts'),
        h(
          'div',
          { class: 'head-actions' },
          button('Resume everything', () => askToResume(scene.actions, null)),
          button('Pause everything', () => askToPause(scene.actions, null), { class: 'grave' }),
        ),
      ),
    ),
    panel(scene, {
      title: 'Accounts',
      reading: scene.read<Page<AccountView>>(PATHS.accounts),
      body: ({ items }) => [
        h(
          'ul',
          { class: 'accounts' },
          items.map((account) => row(scene, account, usageOf(usage, account))),
        ),
      ],
    }),
    panel(scene, {
      title: 'Checks',
      reading: scene.read<HealthView>(PATHS.health),
      aside: () => [button('Check everything', () => void askEverybody(scene))],
      body: (value) => [checkList(value)],
    }),
  ];
}

function checkList({ checks }: HealthView): VirtualElement {
  return h(
    'ul',
    { class: 'checks' },
    checks.map(({ name, status, cause, remedy }) =>
      h(
        'li',
        { key: name },
        pill(status, status === 'ok' ? 'good' : status === 'degraded' ? 'waits' : 'bad'),
        h('span', { class: 'name' }, name),
        cause !== null && causeAndRemedy(cause, remedy),
      ),
    ),
  );
}

/** Logs in to every account and asks all that the app needs; takes some seconds. */
async function askEverybody({ actions, read }: Scene): Promise<void> {
  actions.ask({ title: 'Asking every neighbour…', body: [], confirm: null });
  await actions.load(PATHS.deepHealth);
  const { value, problem } = read<HealthView>(PATHS.deepHealth);
  if (problem !== null)
    return actions.ask({ title: 'It could not be asked', body: [], confirm: null, problem });
  if (value === null) return actions.closeDialog();
  const title = value.status === 'ok' ? 'Every neighbour answers' : 'Something is wrong';
  actions.ask({ title, body: [checkList(value)], confirm: null });
}

const TONES: Readonly<Record<AccountView['status'], Tone>> = {
  active: 'good',
  throttled: 'waits',
  paused: 'bad',
};

/** How the API begins the cause then (shared/core/accountView.ts). */
const EVERYTHING = 'everything is paused';

function row(scene: Scene, account: AccountView, usage: ScopeOfUsage | null): VirtualElement {
  const { address, status, by, until, cause, remedy, pool, waiting } = account;
  const isByPerson = by === 'person';
  // A pause of everything shows on each of them, and ends for all of them.
  const resumed = isByPerson && cause?.startsWith(EVERYTHING) === true ? null : address;
  return h(
    'li',
    { key: address },
    h(
      'div',
      { class: 'account' },
      pill(status, TONES[status]),
      h('h3', {}, address),
      pool !== null && h('span', { class: 'tag' }, `pool ${pool}`),
      h(
        'span',
        { class: 'of' },
        [
          usage && `${formatNumber(usage.used)} recipients today`,
          usage?.limit != null && `of ${formatNumber(usage.limit)}`,
          waiting > 0 && formatCount(waiting, 'recipient waits', 'recipients wait'),
        ]
          .filter(Boolean)
          .join(' · '),
      ),
      status === 'active'
        ? button('Pause', () => askToPause(scene.actions, address), { 'aria-label': `Pause ${address}` })
        : button(isByPerson ? 'Resume' : 'Try again now', () => askToResume(scene.actions, resumed), {
            class: 'primary',
            'aria-label': `Resume ${resumed ?? 'everything'}`,
          }),
      status !== 'active' &&
        !isByPerson &&
        button('Pause', () => askToPause(scene.actions, address), { 'aria-label': `Pause ${address}` }),
    ),
    // The API names its own call as the remedy; here the button is at hand.
    status !== 'active' && causeAndRemedy(cause, isByPerson ? 'resume it when that is over' : remedy),
    until !== null && h('p', { class: 'foot' }, 'It is tried again at ', when(scene, until), ' by itself.'),
  );
}

function usageOf(usage: UsageView | null, { address }: AccountView): ScopeOfUsage | null {
  return usage?.scopes.find(({ scope }) => scope === `account:${address}`) ?? null;
}
