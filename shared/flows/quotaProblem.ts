import type { Problem } from '../core/message.ts';
import { makeProblem } from '../core/messageProblems.ts';
import type { Refused } from '../core/quotaLedger.ts';
import { scopeWords } from '../core/reportWords.ts';

/** Why a message that would rather be rejected than wait is rejected. */
export function quotaProblem({ scope, tooLarge, turnsAt }: Refused): Problem {
  const detail = tooLarge
    ? `it has more recipients than the limit of ${scopeWords(scope)} ever allows in a window: send to fewer, or have the limit raised`
    : `the limit of ${scopeWords(scope)} has no room for it until ${new Date(turnsAt).toISOString()}: send it again then, or let it be deferred`;
  return makeProblem(['onQuota'], 'quota', detail);
}
