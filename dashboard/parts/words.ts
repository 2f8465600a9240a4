/** Small pieces of text that look alike everywhere: instants, statuses, problems. */
import type { ApiProblem } from '../api/client.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Scene } from '../page/state.ts';
import type { DeliveryStatus } from '../../shared/core/status.ts';
import type { Tone } from '../words/statuses.ts';
import { STATUS_WORDS } from '../words/statuses.ts';

/** An instant, short; in full for whoever points at it. */
export function when({ times, state }: Scene, at: string): VirtualElement {
  return h('time', { datetime: at, title: times.full(at) }, times.when(at, state.now));
}

export function statusPill(status: DeliveryStatus): VirtualElement {
  const { label, tone, meaning } = STATUS_WORDS[status];
  return pill(label, tone, meaning);
}

export function pill(label: string, tone: Tone, title: string | null = null): VirtualElement {
  return h('span', { class: `pill ${tone}`, title }, label);
}

/** What the API said is wrong, with each of its errors; what to do stands in the detail. */
export function problemBlock(problem: ApiProblem, ...more: readonly Child[]): VirtualElement {
  return h(
    'div',
    { class: 'problem' },
    h('p', {}, h('strong', {}, `${problem.title}. `), sentence(problem.detail)),
    problem.errors.length > 0 &&
      h(
        'ul',
        {},
        problem.errors.map(({ pointer, detail }) =>
          h('li', {}, pointer && h('code', {}, pointer), ' ', detail),
        ),
      ),
    ...more,
  );
}

/** As the API says it, begun like a sentence. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(whole) ? whole : `${whole}.`;
}

/** Cause and remedy, which always go together. */
export function causeAndRemedy(cause: string | null, remedy: string | null): VirtualElement {
  return h(
    'div',
    { class: 'why' },
    h('p', { class: 'cause' }, sentence(cause ?? 'cause not known')),
    remedy !== null &&
      h('p', { class: 'remedy' }, h('span', { class: 'what' }, 'What to do: '), sentence(remedy)),
  );
}

export function button(
  label: Child | readonly Child[],
  onClick: () => void,
  more: Readonly<Record<string, string | boolean | undefined>> = {},
): VirtualElement {
  return h('button', { type: 'button', onClick, ...more }, label);
}

export function subjectLink({
  id,
  subject,
}: {
  readonly id: string;
  readonly subject: string;
}): VirtualElement {
  return h(
    'a',
    { class: 'subject', href: `#/messages/${encodeURIComponent(id)}` },
    subject === '' ? '(no subject)' : subject,
  );
}
