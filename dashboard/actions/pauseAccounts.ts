/** A person's pause of one sender account, or of everything; and its end. */
import { h } from '../page/element.ts';
import type { Actions, Outcome } from '../page/state.ts';

const REASON_CHARACTERS = 255;

/** `address`: null means everything. */
export function askToPause(actions: Actions, address: string | null): void {
  const whose = address ?? 'everything';
  actions.ask({
    title: `Pause ${whose}?`,
    body: [
      h(
        'p',
        {},
        address === null
          ? 'No mail goes until a person resumes it. Nothing is lost: it waits, and is accepted as before.'
          : 'No mail goes from this account until a person resumes it. Its mail waits; a pool goes on through its other accounts.',
      ),
    ],
    input: {
      label: 'Reason',
      hint: 'Shown to whoever looks, until it is resumed',
      maxLength: REASON_CHARACTERS,
    },
    confirm: { label: `Pause ${address === null ? 'everything' : 'the account'}`, isGrave: true },
    run: async (reason) => {
      const body = reason.trim() === '' ? {} : { reason: reason.trim() };
      return say(await actions.post(`${base(address)}pause`, body), `${whose} is paused.`);
    },
  });
}

export function askToResume(actions: Actions, address: string | null): void {
  const whose = address ?? 'everything';
  actions.ask({
    title: `Resume ${whose}?`,
    body: [
      h(
        'p',
        {},
        address === null
          ? 'The pause of everything ends now. An account that was paused by itself stays so: resume it in its row. What a reply of Exchange stopped is tried within a minute: one message first.'
          : 'A person’s pause ends now. What a reply of Exchange stopped is tried within a minute: one message first.',
      ),
    ],
    confirm: { label: `Resume ${address === null ? 'everything' : 'the account'}`, isGrave: false },
    run: async () =>
      say(
        await actions.post(`${base(address)}resume`),
        address === null ? 'The pause of everything is over.' : `${whose} is resumed.`,
      ),
  });
}

function base(address: string | null): string {
  return address === null ? '' : `accounts/${encodeURIComponent(address)}/`;
}

function say(answer: Awaited<ReturnType<Actions['post']>>, done: string): Outcome {
  if (answer.kind !== 'ok') return answer;
  return { kind: 'done', notice: done.charAt(0).toUpperCase() + done.slice(1) };
}
