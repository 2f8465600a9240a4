import { findReplyRule } from './classifyReply.ts';
import type { Result } from './fates.ts';
import type { Reply, SmtpStage } from './reply.ts';

/** Nothing went wrong. */
export const NO_CAUSE = 'none';

/**
 * Why a recipient's result is what it is, as one of a fixed set of texts: the cause of the reply rule that matches, else the kind
 * of reply or failure and its stage. Never the server's own words, which may hold an address.
 */
export function causeName(result: Result): string {
  switch (result.result) {
    case 'accepted':
      return NO_CAUSE;
    case 'refused':
      return nameOfReply(result.reply, result.stage);
    case 'notSent':
    case 'unknown': {
      const { reply, stage, givenUp } = result.failure;
      if (reply !== null) return nameOfReply(reply, stage);
      return givenUp ? 'given up before the last byte' : `no answer at ${stage}`;
    }
  }
}

function nameOfReply(reply: Reply, stage: SmtpStage): string {
  const digit = Math.floor(reply.code / 100);
  const kind = digit === 4 || digit === 5 ? `${digit}xx` : 'unexpected';
  return findReplyRule(reply)?.cause ?? `unknown ${kind} reply at ${stage}`;
}
