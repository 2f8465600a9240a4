/** A question before something is done. Esc closes it, and the focus goes back to where it was. */
import type { Dialog, Scene } from '../page/state.ts';
import type { VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { problemBlock, button } from '../parts/words.ts';

const TEXT = 'dialog-text';

export function dialog(
  { actions }: Scene,
  { title, body, input, confirm, isBusy = false, problem }: Dialog,
): VirtualElement {
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const text = new FormData(event.target).get(TEXT);
    actions.confirmDialog(typeof text === 'string' ? text : '');
  };
  return h(
    'dialog',
    { key: 'dialog', 'aria-labelledby': 'dialog-title', onMount: open, onClose: () => actions.closeDialog() },
    h(
      'form',
      { onSubmit: submit },
      h('h2', { id: 'dialog-title' }, title),
      h('div', { class: 'dialog-body' }, body),
      input && [
        h('label', { for: TEXT }, input.label),
        h('input', {
          id: TEXT,
          name: TEXT,
          type: 'text',
          maxlength: String(input.maxLength),
          autocomplete: 'off',
          'aria-describedby': 'dialog-hint',
        }),
        h('p', { class: 'foot', id: 'dialog-hint' }, input.hint),
      ],
      h('div', { role: 'alert' }, problem && problemBlock(problem)),
      h(
        'div',
        { class: 'dialog-actions' },
        button(confirm ? 'Not now' : 'Close', () => actions.closeDialog(), { key: 'close' }),
        confirm &&
          h(
            'button',
            {
              key: 'confirm',
              type: 'submit',
              class: confirm.isGrave ? 'grave' : 'primary',
              disabled: isBusy,
            },
            isBusy ? 'Working…' : confirm.label,
          ),
      ),
    ),
  );
}

/**
 * Shown as a modal, it takes the focus and holds it. It leaves the document when the state has none any more, and the browser then gives the
 * focus back only if it was closed first: so it is closed here as it goes.
 */
function open(element: Element): void {
  if (!(element instanceof HTMLDialogElement)) return;
  const before = document.activeElement;
  element.showModal();
  new MutationObserver((_changes, observer) => {
    if (element.isConnected) return;
    observer.disconnect();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    else document.getElementById('title')?.focus();
  }).observe(document.getElementById('app') ?? document.body, { childList: true });
}
