/** Sends dead letters again: first a dry run that says how many, then, when it is confirmed, all of them. */
import type { RedriveReport } from '../api/answers.ts';
import type { Answer } from '../api/client.ts';
import type { Child } from '../page/element.ts';
import { h } from '../page/element.ts';
import type { Actions, Dialog, Outcome } from '../page/state.ts';
import { formatCount, formatNumber } from '../words/numbers.ts';
import { formatScope } from '../words/statuses.ts';

export type Letters =
  | { readonly ids: readonly string[] }
  | { readonly filter: Readonly<Record<string, string>> };

/** Of what does not go on so many are named. */
const SKIPPED_SHOWN = 20;

interface Total {
  readonly count: number;
  readonly quota: NonNullable<RedriveReport['quota']>;
  readonly skipped: RedriveReport['skipped'];
}

/** `what`: what is sent again, in words: `all that match`. */
export function redriveLetters(actions: Actions, letters: Letters, what: string): void {
  actions.ask({
    title: `Send ${what} again?`,
    body: [h('p', {}, 'Looking at what would go…')],
    confirm: null,
  });
  void dryRun(actions, letters, what);
}

async function dryRun(actions: Actions, letters: Letters, what: string): Promise<void> {
  const answer = await redriveAll(actions, letters, true);
  const title = `Send ${what} again?`;
  if (answer.kind === 'denied') return actions.closeDialog();
  if (answer.kind === 'problem')
    return actions.ask({ title, body: [], confirm: null, problem: answer.problem });
  const { count, quota, skipped } = answer.value;
  if (count === 0) {
    return actions.ask({ title: 'Nothing can be sent again', body: describeSkipped(skipped), confirm: null });
  }
  actions.ask({
    title,
    body: [
      h(
        'p',
        {},
        `${formatCount(count, 'delivery goes', 'deliveries go')} again, to those recipients only who have not got it. `,
        'Each recipient counts anew against the quota.',
      ),
      ...describeFull(quota),
      ...describeSkipped(skipped),
    ],
    confirm: { label: `Send ${count === 1 ? 'it' : `all ${count}`} again`, isGrave: false },
    run: async () => redrive(actions, letters),
  });
}

async function redrive(actions: Actions, letters: Letters): Promise<Outcome> {
  const answer = await redriveAll(actions, letters, false);
  if (answer.kind !== 'ok') return answer;
  const { count, skipped } = answer.value;
  actions.change({ ticked: new Set() });
  const done = `${formatCount(count, 'delivery goes', 'deliveries go')} on. Each message shows how it ends.`;
  if (skipped.length === 0) return { kind: 'done', notice: done };
  const dialog: Dialog = {
    title: 'Sent again',
    body: [h('p', {}, done), ...describeSkipped(skipped)],
    confirm: null,
  };
  return { kind: 'tell', dialog };
}

/** One call looks at a thousand letters at most: the same again with the cursor, until there is none. */
async function redriveAll(actions: Actions, letters: Letters, isDry: boolean): Promise<Answer<Total>> {
  let total: Total = { count: 0, quota: [], skipped: [] };
  let cursor: string | undefined;
  do {
    const body = { ...letters, dryRun: isDry, ...(cursor !== undefined && { cursor }) };
    const answer = await actions.post<RedriveReport>('dead-letters/redrive', body);
    if (answer.kind !== 'ok') return answer;
    const { count, quota = [], skipped } = answer.value;
    total = {
      count: total.count + count,
      quota: addQuota(total.quota, quota),
      skipped: [...total.skipped, ...skipped],
    };
    ({ cursor } = answer.value);
  } while (cursor !== undefined);
  return { kind: 'ok', value: total };
}

/** Each call tells of its own letters; what has room is the newest that was said. */
function addQuota(some: Total['quota'], more: Total['quota']): Total['quota'] {
  const byScope = new Map(some.map((one) => [one.scope, one]));
  for (const one of more) {
    const before = byScope.get(one.scope)?.recipients ?? 0;
    byScope.set(one.scope, { ...one, recipients: before + one.recipients });
  }
  return [...byScope.values()];
}

/** Limits that have no room for all of it now. */
function describeFull(quota: Total['quota']): readonly Child[] {
  return quota
    .filter(({ recipients, remaining }) => recipients > remaining)
    .map(({ scope, recipients, remaining }) => {
      const room = remaining === 0 ? 'is full' : `has room for ${formatNumber(remaining)} only`;
      const what = `${formatCount(recipients, 'recipient counts', 'recipients count')} against it`;
      const words = `The quota of ${formatScope(scope)} ${room}, and ${what}: what does not fit waits (deferred), and goes by itself.`;
      return h('p', { class: 'remedy' }, words);
    });
}

function describeSkipped(skipped: RedriveReport['skipped']): readonly Child[] {
  if (skipped.length === 0) return [];
  const more = skipped.length - SKIPPED_SHOWN;
  return [
    h('p', {}, `${formatCount(skipped.length, 'dead letter does', 'dead letters do')} not go:`),
    h(
      'ul',
      { class: 'skipped' },
      skipped.slice(0, SKIPPED_SHOWN).map(({ id, detail }) => h('li', {}, h('code', {}, id), ` ${detail}`)),
      more > 0 && h('li', {}, `and ${more} more`),
    ),
  ];
}
