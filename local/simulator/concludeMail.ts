import type { HveRules } from './hveRules.ts';
import type { ReceivedMail } from './mailStore.ts';

/**
 * All of a mail's data is here. Resolves with the reply to it, or with the fault that takes the reply's place. The
 * simulator's point of no return is when the rules have accepted it: a `drop` comes after that, anything else instead of it.
 */
export async function concludeMail(
  rules: HveRules,
  mail: Pick<ReceivedMail, 'raw' | 'from' | 'to' | 'account'>,
): Promise<string> {
  const fault = rules.faults.strike('end-of-data', mail.to);
  if (fault !== null && fault !== 'drop') return fault;
  const verdict = await rules.accept(mail);
  if (fault === 'drop') return fault;
  return 'refusal' in verdict ? verdict.refusal : verdict.reply;
}
