/** Why a delivery did not reach everybody, grouped by cause as an operator works on it. Pure. */
import type { DeadLetterFacts } from './records.ts';
import type { Delivery } from './delivery.ts';
import type { Problem } from './message.ts';
import type { Actor } from './remedy.ts';
import { actorOf } from './remedy.ts';

/** A cause with what to do about it; `recipients`: how many it kept from the mail, 0 where nothing is known of them. */
export interface FailureView {
  readonly cause: string;
  readonly remedy: string;
  readonly whoActs: Actor;
  readonly recipients: number;
}

const CAUSE_UNKNOWN = 'cause not known';
const LOOK_AT_REPLY = 'look at the reply';

/**
 * `delivery`: its row as it stands, null where there is none; `problems`: of a message that was rejected. What has the same
 * cause says it in the same words, whatever the address or the message: so failures of many messages can be counted.
 */
export function failuresOf(
  letter: Pick<DeadLetterFacts, 'reason' | 'detail'>,
  delivery: Delivery | null,
  problems: readonly Problem[],
): readonly FailureView[] {
  if (letter.reason === 'rejected') return [rejection(problems)];
  const byCause = delivery === null ? [] : countCauses(delivery);
  return byCause.length > 0 ? byCause : [failure(letter.detail, LOOK_AT_LOG, 0)];
}

const LOOK_AT_LOG = 'look at the message and at the log of that time, then redrive it';

function countCauses({ recipients, replies }: Delivery): FailureView[] {
  const byCause = new Map<string, FailureView>();
  for (const { status, reply } of recipients) {
    if (status !== 'failed') continue;
    const note = reply === null ? null : replies[reply]!;
    const cause = note?.cause ?? CAUSE_UNKNOWN;
    const known = byCause.get(cause);
    const remedy = known?.remedy ?? note?.remedy ?? LOOK_AT_REPLY;
    byCause.set(cause, failure(cause, remedy, (known?.recipients ?? 0) + 1));
  }
  return [...byCause.values()].toSorted((left, right) => right.recipients - left.recipients);
}

function rejection(problems: readonly Problem[]): FailureView {
  const codes = [...new Set(problems.map(({ code }) => code))].toSorted();
  const kinds = codes.length > 0 ? ` (${codes.join(', ')})` : '';
  return failure(`the message is not valid${kinds}`, CORRECT_IT, 0);
}

const CORRECT_IT = 'correct the message where it is made, by the problems that it lists, and submit it anew';

function failure(cause: string, remedy: string, recipients: number): FailureView {
  return { cause, remedy, whoActs: actorOf(remedy), recipients };
}
