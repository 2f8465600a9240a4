/** Whether a message could be accepted as it is: its form, its sender, its plan and its size. Nothing is written. */
import { boundPriority, maySend, wishedSender } from '../core/appRules.ts';
import type { DeliveryRecipient } from '../core/delivery.ts';
import type { Message, Problem } from '../core/message.ts';
import { makeProblem } from '../core/messageProblems.ts';
import { parseMessage } from '../core/messageSchema.ts';
import { planMessage } from '../core/plan.ts';
import type { Clock } from '../ports.ts';
import type { AcceptRules } from './acceptMessage.ts';
import type { AppBook } from './appBook.ts';
import type { MessageSize } from './messageSize.ts';

export type Judgement =
  | {
      readonly ok: true;
      readonly message: Message;
      readonly account: string;
      readonly deliveries: readonly (readonly DeliveryRecipient[])[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly tooLarge: boolean };

/** `value`: decoded, not yet validated. */
export type JudgeMessage = (value: unknown) => Promise<Judgement>;

export function makeJudgeMessage(deps: {
  size: MessageSize;
  appBook: AppBook;
  clock: Clock;
  rules: AcceptRules;
}): JudgeMessage {
  const { size, appBook, clock, rules } = deps;
  return async (value) => {
    const parsed = parseMessage(value, { now: clock.now() });
    if (!parsed.ok) return { ok: false, problems: parsed.problems, tooLarge: false };
    const appRules = await appBook.rulesOf(parsed.message.app);
    const message: Message = {
      ...parsed.message,
      priority: boundPriority(appRules, parsed.message.priority),
    };
    const problems: Problem[] = [];
    const account = rules.accountOf(wishedSender(appRules, message.from.sender));
    if (account === null) {
      problems.push(
        makeProblem(
          ['from'],
          'sender_unknown',
          'from names no sender account of this deployment; leave it out for the default, or see HVE_ACCOUNTS',
        ),
      );
    }
    if (account !== null && !maySend(appRules, account)) {
      const detail = `the app ${message.app} may send from ${appRules?.accounts?.join(', ')} only; leave from out for the first of them`;
      problems.push(makeProblem(['from'], 'sender_not_allowed', detail));
    }
    const plan = planMessage(message, rules);
    if (!plan.ok) problems.push(plan.problem);
    const sized = await size.check(message, account ?? '');
    problems.push(...sized.problems);
    if (problems.length > 0 || !plan.ok || account === null) {
      return { ok: false, problems, tooLarge: sized.tooLarge };
    }
    return { ok: true, message, account, deliveries: plan.deliveries };
  };
}
