import { roomWords } from '../../shared/core/reportWords.ts';
import type { MessageState } from './appApi.ts';

export interface Wait {
  /** False: nothing within a minute will change it. */
  readonly mayEndSoon: boolean;
  /** Sentences for the person at the desk. */
  readonly reasons: readonly string[];
}

const OVER = new Set(['failed', 'rejected', 'expired', 'canceled', 'captured', 'held', 'scheduled']);

/** Why this message is not sent; null where it simply has not come to it yet. */
export function explainWait(message: MessageState): Wait | null {
  const { id, status, waitsFor, nextAttemptAt, problems, recipients } = message;
  const causes = [
    ...problems.map(({ pointer, detail }) => `${pointer === '' ? 'the message' : pointer}: ${detail}`),
    ...recipients.flatMap(({ address, reply, cause, remedy }) =>
      cause === null && reply === null
        ? []
        : [`${address}: ${[cause, reply, remedy].filter((text) => text !== null).join(' | ')}`],
    ),
  ];
  if (waitsFor?.startsWith('quota:') === true) {
    const until = nextAttemptAt === null ? '' : ` It goes on by itself at ${nextAttemptAt}.`;
    const reason = `Message ${id} is ${status}: ${roomWords(waitsFor)} is used up, or older mail goes first.${until}`;
    const remedy =
      'Wait until the older mail has gone, raise the limit, move the clock on (HVE_LOCAL_CLOCK_OFFSET=P1D), or begin anew (--fresh).';
    return { mayEndSoon: false, reasons: [reason, remedy] };
  }
  if (OVER.has(status)) return { mayEndSoon: false, reasons: [`Message ${id} is ${status}.`, ...causes] };
  if (waitsFor !== null) {
    return { mayEndSoon: true, reasons: [`Message ${id} waits for ${roomWords(waitsFor)}.`, ...causes] };
  }
  return causes.length === 0 ? null : { mayEndSoon: true, reasons: causes };
}
