/** What is asked of whoever may not look yet: a key, or a sign-in. */
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Scene } from '../page/state.ts';

/** Where App Service signs somebody in, and brings them back. */
const SIGN_IN = '/.auth/login/aad?post_login_redirect_uri=';

export function access({ state, actions }: Scene): readonly Child[] {
  return state.access === 'signIn' ? [signIn()] : [askKey(state.access === 'wrongKey', actions.giveKey)];
}

function signIn(): VirtualElement {
  const back = encodeURIComponent(globalThis.location.pathname);
  return h(
    'section',
    { class: 'panel access', key: 'sign-in' },
    h('h1', { id: 'title', tabindex: '-1' }, 'Sign in'),
    h(
      'p',
      {},
      'This app asks for a sign-in with Microsoft Entra ID, and for the role of an operator (Mail.Operate).',
    ),
    h('p', {}, h('a', { class: 'button primary', href: SIGN_IN + back }, 'Sign in')),
  );
}

function askKey(isWrong: boolean, give: (key: string) => void): VirtualElement {
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const key = new FormData(event.target).get('key');
    if (typeof key === 'string' && key.trim() !== '') give(key.trim());
  };
  return h(
    'section',
    { class: 'panel access', key: 'key' },
    h('h1', { id: 'title', tabindex: '-1' }, 'The operator’s key'),
    h(
      'p',
      {},
      'This app asks for a key. A host key opens all of this page: ',
      h('code', {}, 'az functionapp keys list'),
      ' shows it. It is kept for as long as this tab is open, and sent to this app only.',
    ),
    isWrong &&
      h(
        'p',
        { class: 'problem', role: 'alert', id: 'key-wrong' },
        'The app did not take that key. A producer’s key opens nothing here.',
      ),
    h(
      'form',
      { onSubmit: submit },
      h('label', { for: 'key' }, 'Key'),
      h('input', {
        id: 'key',
        name: 'key',
        type: 'password',
        autocomplete: 'off',
        required: true,
        'aria-describedby': isWrong ? 'key-wrong' : null,
        onMount: (element) => element instanceof HTMLElement && element.focus(),
      }),
      h('button', { type: 'submit', class: 'primary' }, 'Open'),
    ),
  );
}
