/** Why a delivery did not reach everybody, grouped by cause as an operator works on it. Pure. */
import type { DeadLetterFacts } from './records.ts';
import type { Delivery } from './delivery.ts';
import type { Problem } from './message.ts';
import { PROBLEM_CODES, isProblemCode } from './messageProblems.ts';
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
  // Without problems it was valid, and found the quota full later: then its recipients say so.
  if (letter.reason === 'rejected' && problems.length > 0) return [rejection(problems)];
  const byCause = delivery === null ? [] : countCauses(delivery);
  if (letter.reason === 'rejected' && byCause.length === 0) return [rejection([])];
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
  const kinds = [...codes.slice(0, KINDS_IN_WORDS).map(kindWords), ...codes.slice(KINDS_IN_WORDS)].join('; ');
  const [first, ...others] = codes;
  if (first === undefined) return failure('the message is not valid', CORRECT_IT, 0);
  const remedy = others.length === 0 ? OF_VALID_ONES[first] : undefined;
  if (remedy !== undefined) return failure(kinds, remedy, 0);
  return failure(`the message is not valid: ${kinds}`, CORRECT_IT, 0);
}

/** A cause is a heading; of those that have more kinds of problems the message itself says which. */
const KINDS_IN_WORDS = 3;

/** `not an e-mail address (address_invalid)`. A code of another version has no words here. */
function kindWords(code: string): string {
  if (!isProblemCode(code)) return code;
  const meaning = PROBLEM_CODES[code].replaceAll('`', '').replace(/\.$/, '');
  return `${meaning.charAt(0).toLowerCase()}${meaning.slice(1)} (${code})`;
}

/** Nothing is wrong with the message itself. */
const OF_VALID_ONES: Readonly<Record<string, string>> = {
  quota: 'send it again when there is room, or let it be deferred',
  comes_back: LOOK_AT_LOG,
};

const CORRECT_IT = 'correct the message where it is made, by the problems that it lists, and submit it anew';

function failure(cause: string, remedy: string, recipients: number): FailureView {
  return { cause, remedy, whoActs: actorOf(remedy), recipients };
}
