/**
 * From what the transport saw to what it means for each recipient: the reply rules decide by scope. Pure.
 *
 * What fails before MAIL never counts against the message: it is the account's trouble (AUTH) or the tenant's (the rest).
 */
import { classifyFailure, classifyReply } from './classifyReply.ts';
import type { Delivery, ReplyNote } from './delivery.ts';
import type { Fate, TroubleScope } from './outcome.ts';
import type { Reply, SmtpStage, TransportFailure, Verdict } from './reply.ts';

/** One recipient's result, as the transport tells it (ports.ts, RecipientResult). */
export type Result =
  | { readonly result: 'accepted'; readonly reply: Reply }
  | { readonly result: 'refused'; readonly reply: Reply; readonly stage: SmtpStage }
  | { readonly result: 'notSent' | 'unknown'; readonly failure: TransportFailure };

const STAGES_BEFORE_MAIL: ReadonlySet<SmtpStage> = new Set(['dns', 'connect', 'tls', 'ehlo', 'auth']);

export function isBeforeMail(stage: SmtpStage): boolean {
  return STAGES_BEFORE_MAIL.has(stage);
}

/** HVE says only at the end of the data that it sends nothing outside: that refuses the external recipients only. */
const NO_EXTERNAL = '5.5.105';

/** `together`: the recipients of the transaction, `index` among them. */
export function fateOf(delivery: Delivery, together: readonly number[], index: number, result: Result): Fate {
  switch (result.result) {
    case 'accepted':
      return { kind: 'accepted', note: { text: result.reply.text, cause: null, remedy: null } };
    case 'unknown':
      return { kind: 'unknown', note: noteOf(result.failure.error, classifyFailure(result.failure)) };
    case 'notSent':
      return fateOfFailure(result.failure);
    case 'refused':
      return fateOfRefusal(delivery, together, index, result.reply, result.stage);
  }
}

function fateOfFailure(failure: TransportFailure): Fate {
  const { reply, stage } = failure;
  const verdict = reply ? classifyReply(reply, stage) : classifyFailure(failure);
  const note = noteOf(reply?.text ?? failure.error, verdict);
  const throttle = verdict.action === 'throttle';
  if (failure.givenUp) return { kind: 'notSent', note, trouble: null, throttle };
  if (isBeforeMail(stage)) {
    return { kind: 'notSent', note, trouble: troubleBeforeMail(verdict, stage), throttle };
  }
  const trouble = troubleScope(verdict);
  return trouble ? { kind: 'notSent', note, trouble, throttle } : { kind: 'retry', note };
}

function fateOfRefusal(
  delivery: Delivery,
  together: readonly number[],
  index: number,
  reply: Reply,
  stage: SmtpStage,
): Fate {
  const verdict = classifyReply(reply, stage);
  const note = noteOf(reply.text, verdict);
  // What is said of external mail says nothing of who is inside, unless there is nobody else it could be about.
  const isMixed = together.some((other) => delivery.recipients[other]!.kind === 'external');
  const isSpared = isMixed && delivery.recipients[index]!.kind === 'internal';
  if (stage === 'end-of-data' && reply.enhanced === NO_EXTERNAL && isSpared) return { kind: 'retry', note };
  const trouble = troubleScope(verdict);
  if (trouble) {
    const throttle = verdict.action === 'throttle';
    return { kind: 'notSent', note, trouble: trouble === 'external' && isSpared ? null : trouble, throttle };
  }
  if (verdict.action === 'duplicate') return duplicateFate(delivery, index, note);
  return verdict.action === 'fail' ? { kind: 'failed', note } : { kind: 'retry', note };
}

/**
 * A repeat was refused as one. Where its identity was only ever given to one recipient, that one has it. Else nobody
 * can say who has it: they stay unknown. Without an unknown outcome before, it is no repeat of ours: a failure.
 */
function duplicateFate(delivery: Delivery, index: number, note: ReplyNote): Fate {
  const { identity } = delivery.recipients[index]!;
  if (identity === null) return { kind: 'failed', note };
  return delivery.identities[identity]!.given === 1 ? { kind: 'duplicate', note } : { kind: 'unknown', note };
}

/** The trouble that a verdict means, whatever its action: a reply of these scopes burns no message. */
function troubleScope(verdict: Verdict): TroubleScope | null {
  const { scope } = verdict;
  return scope === 'account' || scope === 'tenant' || scope === 'external' ? scope : null;
}

function troubleBeforeMail(verdict: Verdict, stage: SmtpStage): TroubleScope {
  return troubleScope(verdict) ?? (stage === 'auth' ? 'account' : 'tenant');
}

function noteOf(text: string, verdict: Verdict): ReplyNote {
  return { text, cause: verdict.cause, remedy: verdict.remedy };
}
