import type { Reply, SmtpStage } from '../../../core/reply.ts';
import type { Step } from '../smtpDialogue.ts';

export function stageOf(step: Step): SmtpStage {
  return step === 'reset' || step === 'quit' ? 'mail' : step;
}

/**
 * Whether a reply makes no sense where it came: the replies are then one place off, and none can be told from the next
 * one's. After the 354 to DATA the places are certain (`isInPlace`); with BDAT every reply is a 250, and what shows that one
 * is off is at best its enhanced code: X.1.X is about addresses (RFC 3463 section 3.2), never about data that was taken.
 */
export function isOutOfPlace(step: Step, { code, enhanced }: Reply, isInPlace: boolean): boolean {
  if (code >= 400) return false;
  if (code >= 300) return step !== 'data';
  if (step === 'data') return true;
  return step === 'end-of-data' && !isInPlace && enhanced?.startsWith('2.1.') === true;
}
