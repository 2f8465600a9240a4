/** What a person does to one message: cancel, release, redrive. */
import type { MessageView } from '../api/answers.ts';
import { h } from '../page/element.ts';
import type { Actions, Dialog, Outcome } from '../page/state.ts';
import { formatCount } from '../words/numbers.ts';
import type { Action } from '../words/statuses.ts';

interface ActionWords {
  readonly label: string;
  readonly title: string;
  readonly explain: string;
  readonly isGrave: boolean;
}

export const ACTION_WORDS: Readonly<Record<Action, ActionWords>> = {
  cancel: {
    label: 'Cancel',
    title: 'Cancel this message?',
    explain:
      'What has not gone yet is stopped for good. What is on its way ends as it ends, and is not tried again.',
    isGrave: true,
  },
  release: {
    label: 'Release',
    title: 'Release this message?',
    explain:
      'It goes on under the same Message-ID and Date, so that a mailbox that has it already discards the repeat. Somebody may get it twice if that mailbox no longer remembers it.',
    isGrave: false,
  },
  redrive: {
    label: 'Send again',
    title: 'Send this message again?',
    explain: 'It goes to those recipients only who have not got it, and counts anew against the quota.',
    isGrave: false,
  },
};

interface Changed {
  readonly deliveries?: number;
  readonly stopped?: number;
  readonly onTheirWay?: number;
}

export function askToChange(actions: Actions, action: Action, { id, subject }: MessageView): void {
  const { title, label, explain, isGrave } = ACTION_WORDS[action];
  const dialog: Dialog = {
    title,
    body: [h('p', { class: 'quoted' }, subject === '' ? id : subject), h('p', {}, explain)],
    confirm: { label: action === 'cancel' ? 'Cancel the message' : label, isGrave },
    run: async (): Promise<Outcome> => {
      const answer = await actions.post<Changed>(`messages/${encodeURIComponent(id)}/${action}`);
      return answer.kind === 'ok' ? { kind: 'done', notice: describe(action, answer.value) } : answer;
    },
  };
  actions.ask(dialog);
}

function describe(action: Action, { deliveries = 1, stopped = 0, onTheirWay = 0 }: Changed): string {
  if (action !== 'cancel') return `${formatCount(deliveries, 'delivery goes', 'deliveries go')} on.`;
  const rest = onTheirWay > 0 ? `; ${onTheirWay} on their way end as they end` : '';
  return `${formatCount(stopped, 'delivery', 'deliveries')} stopped${rest}.`;
}
