import { parseReply } from '../../core/parseReply.ts';
import type { TransportFailure } from '../../ports.ts';
import { describeError } from './describeError.ts';
import { GivenUp } from './mailStream.ts';
import type { Dialogue } from './smtpDialogue.ts';

/** What ended a step, at which stage and by which reply, if one did. `committed`: past the point of no return. */
export function failureOf(error: Error, dialogue: Dialogue, committed: boolean): TransportFailure {
  const { last } = dialogue;
  const givenUp = error instanceof GivenUp;
  // A 421 ends the connection whatever it answers; those who got no answer of their own owe it to that reply.
  if (last?.reply.code === 421) return { ...last, error: 'the server closed the connection', givenUp };
  const standing = dialogue.stage === 'end-of-data' && !committed ? 'data' : dialogue.stage;
  const said = 'response' in error && typeof error.response === 'string' ? error.response : null;
  const reply = said === null ? null : parseReply(said);
  if (reply === null || reply.code < 400) {
    return { stage: standing, reply: null, error: describeError(error), givenUp };
  }
  const stage = last?.reply.text === reply.text ? last.stage : standing;
  return { stage, reply, error: describeError(error).replace(`: ${said}`, ''), givenUp };
}
