/**
 * What a claim's results make of a delivery (pure). A result becomes a fate by the verdict on its reply; the fates
 * together decide the row:
 *
 *   every recipient settled ............................ final
 *   unknown, and `hold` or the third time in a row ..... held
 *   trouble of the account, the tenant or external ..... deferred, in that room; costs no try
 *   refused in passing, or unknown ..................... queued for the schedule, within 24 h of the first try
 *   only given up before the last byte ................. queued at once; costs no try
 */
import { addCharge } from './charges.ts';
import type { Spend } from './charges.ts';
import type { AttemptNote, Charge, Claim, Delivery, DeliveryRecipient, ReplyNote } from './delivery.ts';
import { ATTEMPTS_KEPT, compactReplies, noteReply, openRecipients } from './delivery.ts';
import type { Durations } from './durations.ts';
import { retryDelay } from './durations.ts';
import { cancel, finish, giveUp } from './ending.ts';
import { isErasedRecipient } from './erasure.ts';
import { identityOfAttempt } from './identity.ts';

export type TroubleScope = 'account' | 'tenant' | 'external';

export type Fate =
  | { readonly kind: 'accepted'; readonly note: ReplyNote }
  /** The server had this recipient's mail already under this identity. Accepted, and its spend goes back. */
  | { readonly kind: 'duplicate'; readonly note: ReplyNote }
  | { readonly kind: 'failed'; readonly note: ReplyNote }
  /** Refused in passing by MAIL, RCPT or DATA, or the connection was lost there: counts as a try. */
  | { readonly kind: 'retry'; readonly note: ReplyNote }
  | { readonly kind: 'unknown'; readonly note: ReplyNote }
  /** Nothing can have reached anybody, and it was not the message's doing. */
  | {
      readonly kind: 'notSent';
      readonly note: ReplyNote;
      readonly trouble: TroubleScope | null;
      /** The trouble is that it goes too fast. */
      readonly throttle: boolean;
    };

/** Indexes into the delivery's recipients; those of the claim that are missing count as unknown. */
export type Fates = ReadonlyMap<number, Fate>;

export interface Settled {
  readonly delivery: Delivery;
  /** What the row still charges of the claim. */
  readonly spent: Spend;
  /** Delay of the item that must be put; null: none. */
  readonly itemAfterMs: number | null;
  /** The trouble the delivery met, to be parked for. */
  readonly trouble: TroubleScope | null;
}

interface Context {
  readonly now: number;
  /** In [0, 1): the jitter of the next try. */
  readonly random: number;
  readonly durations: Durations;
}

const NO_WORD: ReplyNote = {
  text: 'the attempt ended without a word',
  cause: 'the instance ended, or could not record the outcome, while the message may have gone',
  remedy: 'none: the same Message-ID and Date go again, and the mailbox store discards a repeat',
};

/** The row after the outcome of its claim. The claim's attempt ends; the next one is numbered one higher. */
export function settleClaim(delivery: Delivery, claim: Claim, fates: Fates, context: Context): Settled {
  const { now } = context;
  const fateOf = (index: number): Fate => fates.get(index) ?? { kind: 'unknown', note: NO_WORD };
  const told = claim.recipients.map(fateOf);
  // What follows is by those who were not reached by an earlier attempt whose outcome came late.
  const unsettled = claim.recipients
    .filter((index) => delivery.recipients[index]!.status !== 'accepted')
    .map(fateOf);
  const kinds = new Set(unsettled.map((fate) => fate.kind));
  const isTry = kinds.has('unknown') || kinds.has('retry');
  const spent = claim.recipients.filter((index) => ['accepted', 'unknown'].includes(fateOf(index).kind));
  const charge: Charge = {
    ...claim.charge,
    recipients: spent.length,
    external: spent.filter((index) => delivery.recipients[index]!.kind === 'external').length,
  };
  const note = noteAttempt(delivery, claim, told);
  const after: Delivery = {
    ...tellRecipients(delivery, claim, fateOf, now),
    attempt: delivery.attempt + 1,
    updatedAt: now,
    claim: null,
    releasedFrom: null,
    probe: false,
    due: null,
    dueStep: 0,
    room: null,
    nextAttemptAt: null,
    charges: addCharge(delivery.charges, charge),
    attempts: [...delivery.attempts, note].slice(-ATTEMPTS_KEPT),
    tries: delivery.tries + (isTry ? 1 : 0),
    firstTryAt: delivery.firstTryAt ?? (isTry ? claim.at : null),
    unknownSpends: delivery.unknownSpends + note.unknown,
    unknownInRow: unknownInRow(delivery, kinds),
  };
  return { ...decide(after, unsettled, context), spent: charge };
}

/** The recipients of the claim with what they were told, and the identity that an unknown outcome binds them to. */
function tellRecipients(
  delivery: Delivery,
  claim: Claim,
  fateOf: (index: number) => Fate,
  now: number,
): Delivery {
  // R7: an earlier attempt's late outcome said that these have it, and nothing takes that back.
  const concerned = claim.recipients.filter((index) => delivery.recipients[index]!.status !== 'accepted');
  const recipients = [...delivery.recipients];
  for (const index of concerned) recipients[index] = { ...recipients[index]!, reply: null };
  const forgotten = compactReplies({ ...delivery, recipients });
  const told = [...forgotten.recipients];
  let { replies, identities } = forgotten;
  const isNew = (index: number): boolean => delivery.recipients[index]!.identity === null;
  const bindsNew = concerned.some((index) => fateOf(index).kind === 'unknown' && isNew(index));
  if (bindsNew) {
    const given = claim.recipients.filter(isNew).length;
    identities = [...identities, { ...identityOfAttempt(delivery, claim.account, claim.at), given }];
  }
  for (const index of concerned) {
    const fate = fateOf(index);
    const noted = noteReply(replies, fate.note);
    replies = noted.replies;
    const before = told[index]!;
    told[index] = {
      ...before,
      status: recipientStatus(before, fate),
      reply: noted.index,
      at: now,
      identity: fate.kind === 'unknown' ? (before.identity ?? identities.length - 1) : before.identity,
    };
  }
  return { ...forgotten, recipients: told, replies, identities };
}

function noteAttempt(delivery: Delivery, claim: Claim, told: readonly Fate[]): AttemptNote {
  const count = (...kinds: Fate['kind'][]): number => told.filter((fate) => kinds.includes(fate.kind)).length;
  return {
    attempt: delivery.attempt,
    at: claim.at,
    account: claim.account,
    accepted: count('accepted', 'duplicate'),
    refused: count('failed', 'retry'),
    unknown: count('unknown'),
  };
}

/** An attempt that never came to the message says nothing about it. */
function unknownInRow({ unknownInRow: before }: Delivery, kinds: ReadonlySet<Fate['kind']>): number {
  if (kinds.has('unknown')) return before + 1;
  return [...kinds].every((kind) => kind === 'notSent') ? before : 0;
}

type Step = Omit<Settled, 'spent'>;

function stepTo(
  delivery: Delivery,
  itemAfterMs: number | null = null,
  trouble: TroubleScope | null = null,
): Step {
  return { delivery, itemAfterMs, trouble };
}

/** What becomes of the row whose recipients are told. */
function decide(after: Delivery, fates: readonly Fate[], context: Context): Step {
  const { now, durations, random } = context;
  const queued = (delayMs: number): Step => {
    const next = now + delayMs;
    const nextAttemptAt = delayMs > 0 ? next : null;
    const due = next + durations.itemOverdue;
    return stepTo({ ...after, status: 'queued', due, nextAttemptAt }, delayMs);
  };

  const open = openRecipients(after);
  if (open.length === 0) return stepTo(finish(after));
  if (after.cancelRequested) return stepTo(cancel(after, now));
  const has = (kind: Fate['kind']): boolean => fates.some((fate) => fate.kind === kind);
  if (has('unknown') && (after.onUnknown === 'hold' || after.unknownInRow >= UNKNOWN_IN_A_ROW)) {
    return stepTo({ ...after, status: 'held' });
  }
  const trouble = worst(
    fates.flatMap((fate) => (fate.kind === 'notSent' && fate.trouble ? [fate.trouble] : [])),
  );
  // While only external mail is stopped, the gate lets the internal recipients of a mixed delivery go.
  const isMixed = new Set(open.map((index) => after.recipients[index]!.kind)).size > 1;
  if (trouble && !(trouble === 'external' && isMixed)) {
    return stepTo({ ...after, status: 'deferred' }, null, trouble);
  }
  if (has('unknown') || has('retry')) {
    const delayMs = retryDelay(durations, after.tries, random);
    if (now + delayMs > after.firstTryAt! + durations.retryFor) return stepTo(giveUp(after, open));
    return queued(delayMs);
  }
  // Those who were not in the claim go on at once. What was given up waits a little, so that nothing ever spins.
  const isStuck = has('notSent');
  return queued(isStuck ? durations.retries[0]! : 0);
}

/** Unknown so many times in a row: a person decides. */
const UNKNOWN_IN_A_ROW = 3;

const ERASED_REPLY: ReplyNote = { text: 'accepted', cause: null, remedy: null };

/**
 * R7: an outcome whose claim was taken over meanwhile. Only acceptances count (a repeat that was refused as a duplicate is
 * one); nothing goes back. Null: nothing to add.
 */
export function mergeLateOutcome(standing: Delivery, fates: Fates, now: number): Delivery | null {
  let { replies } = standing;
  let changed = false;
  const recipients = standing.recipients.map((recipient, index) => {
    const fate = fates.get(index);
    const isAccepted = fate?.kind === 'accepted' || fate?.kind === 'duplicate';
    if (!isAccepted || recipient.status === 'accepted') return recipient;
    // Whoever was erased meanwhile is not named again by what the server said.
    const noted = noteReply(replies, isErasedRecipient(recipient) ? ERASED_REPLY : fate.note);
    replies = noted.replies;
    changed = true;
    return { ...recipient, status: 'accepted' as const, reply: noted.index, at: now };
  });
  if (!changed) return null;
  const merged = { ...standing, recipients, replies, updatedAt: now };
  const open = openRecipients(merged);
  const settledAlready = standing.status !== 'sending' && standing.status !== 'canceled' && open.length === 0;
  return settledAlready ? finish(merged) : merged;
}

function recipientStatus(before: DeliveryRecipient, fate: Fate): DeliveryRecipient['status'] {
  switch (fate.kind) {
    case 'accepted':
    case 'duplicate':
      return 'accepted';
    case 'failed':
      return 'failed';
    case 'unknown':
      return 'unknown';
    case 'retry':
    case 'notSent':
      // Who may have got it once stays unknown, whatever a later attempt was told.
      return before.status === 'unknown' ? 'unknown' : 'waiting';
  }
}

function worst(troubles: readonly TroubleScope[]): TroubleScope | null {
  for (const scope of ['tenant', 'account', 'external'] as const) if (troubles.includes(scope)) return scope;
  return null;
}
