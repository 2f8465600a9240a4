/** What the message says, read only when somebody asks for it: it may be confidential, and large. */
import type { MessageView } from '../api/answers.ts';
import type { Child, VirtualElement } from '../page/element.ts';
import { h } from '../page/element.ts';
import { PATHS } from '../page/needs.ts';
import { hashOf } from '../page/route.ts';
import type { ContentTab, Scene } from '../page/state.ts';
import { freshness } from '../parts/panel.ts';
import { button, when } from '../parts/words.ts';
import { formatBytes } from '../words/numbers.ts';
import { previewOf } from './previewOf.ts';

/** What is shown of a payload; all of it stands in the source. */
interface Payload {
  readonly from?: Mailbox;
  readonly to?: readonly Mailbox[];
  readonly cc?: readonly Mailbox[];
  readonly bcc?: readonly Mailbox[];
  readonly replyTo?: readonly Mailbox[];
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments?: readonly {
    readonly name?: string;
    readonly contentType?: string;
    readonly contentInBase64?: string;
    readonly blob?: string;
  }[];
}

interface Mailbox {
  readonly address?: string;
  readonly displayName?: string;
}

const ADDRESSES_SHOWN = 10;

export function contentPanel(scene: Scene, message: MessageView): VirtualElement {
  const { id } = message;
  const { content } = scene.state;
  const isShown = content?.id === id;
  const show = (tab: ContentTab | null): void =>
    scene.actions.change({ content: tab === null ? null : { id, tab } });
  const isKept = message.contentRemovedAt === null && message.status !== 'rejected';
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'content', key: 'content' },
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { id: 'content' }, 'Content'),
      isKept &&
        (isShown
          ? button('Hide', () => show(null), { class: 'quiet' })
          : button('Show the content', () => show('text'))),
    ),
    isShown && isKept
      ? contentOf(scene, id, content.tab, show)
      : h('p', { class: 'empty' }, whereItIs(scene, message)),
  );
}

function whereItIs(scene: Scene, { status, contentRemovedAt }: MessageView): readonly Child[] {
  if (contentRemovedAt !== null) {
    return [
      'It is no longer kept since ',
      when(scene, contentRemovedAt),
      ': it can be sent again by its app only.',
    ];
  }
  if (status === 'rejected') {
    return [
      'What could not be accepted is kept, as it came, in ',
      h('a', { href: hashOf({ view: 'deadLetters', query: { reason: 'rejected' } }) }, 'its dead letter'),
      '.',
    ];
  }
  return ['As it was accepted, for as long as payloads are kept.'];
}

function contentOf(
  scene: Scene,
  id: string,
  tab: ContentTab,
  show: (tab: ContentTab) => void,
): readonly Child[] {
  const reading = scene.read<Payload>(PATHS.payload(id));
  const payload = reading.value;
  if (payload === null) return [freshness(scene, reading)];
  const tabs: readonly (readonly [ContentTab, string])[] = [
    ...(payload.text === undefined ? [] : [['text', 'Text'] as const]),
    ...(payload.html === undefined ? [] : [['html', 'HTML'] as const]),
    ['source', 'As submitted'],
  ];
  const open = tabs.find(([name]) => name === tab)?.[0] ?? tabs[0]![0];
  return [
    facts(payload),
    h(
      'div',
      {
        class: 'tabs',
        role: 'tablist',
        'aria-label': 'Content as',
        onKeyDown: (event: Event) =>
          moveTab(
            event,
            tabs.map(([name]) => name),
            open,
            show,
          ),
      },
      tabs.map(([name, label]) =>
        h(
          'button',
          {
            key: name,
            type: 'button',
            role: 'tab',
            id: `tab-${name}`,
            'aria-selected': String(name === open),
            'aria-controls': 'tab-panel',
            tabindex: name === open ? '0' : '-1',
            onClick: () => show(name),
          },
          label,
        ),
      ),
    ),
    h(
      'div',
      {
        class: 'tab-panel',
        role: 'tabpanel',
        id: 'tab-panel',
        'aria-labelledby': `tab-${open}`,
        tabindex: '0',
        key: open,
      },
      body(payload, open),
    ),
  ];
}

/** With the arrow keys, as the pattern of tabs has it. */
function moveTab(
  event: Event,
  names: readonly ContentTab[],
  open: ContentTab,
  show: (tab: ContentTab) => void,
): void {
  if (!(event instanceof KeyboardEvent)) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  const next = names[(names.indexOf(open) + step + names.length) % names.length]!;
  show(next);
  document.getElementById(`tab-${next}`)?.focus();
}

function body(payload: Payload, tab: ContentTab): Child {
  switch (tab) {
    case 'text':
      return h('pre', {}, payload.text ?? '');
    case 'html':
      return previewOf(payload.html ?? '');
    case 'source':
      return h('pre', {}, JSON.stringify(payload, null, 2));
  }
}

function facts(payload: Payload): VirtualElement {
  const { from, to, cc, bcc, replyTo, attachments = [] } = payload;
  const list: readonly (readonly [string, Child])[] = [
    ['From', from && words(from)],
    ['To', addresses(to)],
    ['Cc', addresses(cc)],
    ['Bcc', addresses(bcc)],
    ['Reply-To', addresses(replyTo)],
    ['Attachments', attachments.length > 0 && attachments.map(attachment)],
  ];
  return h(
    'dl',
    { class: 'facts' },
    list.flatMap(([name, said]) =>
      said ? [h('div', { key: name }, h('dt', {}, name), h('dd', {}, said))] : [],
    ),
  );
}

function attachment({
  name,
  contentType,
  contentInBase64,
  blob,
}: NonNullable<Payload['attachments']>[number]): VirtualElement {
  const size =
    contentInBase64 === undefined ? (blob ?? '') : formatBytes(Math.floor((contentInBase64.length * 3) / 4));
  return h('span', { class: 'tag', title: contentType ?? null }, `${name ?? 'attachment'} ${size}`);
}

function addresses(mailboxes: readonly Mailbox[] = []): Child {
  const more = mailboxes.length - ADDRESSES_SHOWN;
  const shown = mailboxes.slice(0, ADDRESSES_SHOWN).map(words).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function words({ address, displayName }: Mailbox): string {
  if (displayName === undefined) return address ?? '';
  return address === undefined ? displayName : `${displayName} <${address}>`;
}
