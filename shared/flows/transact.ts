/**
 * SMTP for one claim: all that it takes, one transaction after another, each under its one identity.
 *
 * What cannot have reached anybody may be tried again at once (sendOnce.ts). After the point of no return nothing is
 * repeated: the outcome is recorded first.
 */
import type { Claim, Delivery } from '../core/delivery.ts';
import { causeName } from '../core/causeName.ts';
import { classifyReply } from '../core/classifyReply.ts';
import type { Durations } from '../core/durations.ts';
import { fateOf, isBeforeMail } from '../core/fates.ts';
import type { Identity } from '../core/identity.ts';
import { identityOfAttempt } from '../core/identity.ts';
import type { Fate, Fates, TroubleScope } from '../core/outcome.ts';
import type { Clock, ComposedMail, Log, MailTransport, RecipientResult, Telemetry } from '../ports.ts';
import type { Connections } from './connections.ts';
import type { Credentials, Login } from './credentials.ts';
import { makeSendOnce } from './sendOnce.ts';
import type { Sent } from './sendOnce.ts';
import type { Shutdown } from './shutdown.ts';
import type { Troubles } from './troubles.ts';

export interface Work {
  readonly delivery: Delivery;
  readonly claim: Claim;
  readonly mail: ComposedMail;
  /** Read before the claim. */
  readonly login: Login;
  /** `monotonic()` from before the claim was written. */
  readonly claimedMonotonic: number;
  /** The quota that was reserved must be spent before (Storage's clock). */
  readonly chargeEndsAt: number;
}

export interface Transactor {
  transact(work: Work): Promise<Fates>;
}

/** An unknown 5xx at MAIL or DATA fails the message; from so many in a row it is the account that is meant. */
const UNKNOWN_IN_A_ROW = 5;

/** What the transactions of a claim showed beside their results. */
interface Evidence {
  /** The server took the login and the account; so neither is in trouble, nor is the tenant. */
  passed: boolean;
  passedExternal: boolean;
  /** The one that was not refused yet. */
  login: Login;
}

export function makeTransactor(deps: {
  transport: MailTransport;
  credentials: Credentials;
  troubles: Troubles;
  clock: Clock;
  durations: Durations;
  log: Log;
  telemetry: Telemetry;
  connections: Connections;
  shutdown: Shutdown;
  /** Every recipient is replaced by it (test environments); null: no. */
  redirectTo: string | null;
}): Transactor {
  const { troubles, clock, durations, log, telemetry, connections, shutdown, redirectTo } = deps;
  const sendOnce = makeSendOnce(deps);
  /** The same unknown refusal in a row, by account. */
  const unknownRefusals = new Map<string, { readonly reply: string; readonly count: number }>();

  async function send(
    work: Work,
    indexes: readonly number[],
    identity: Identity,
    evidence: Evidence,
  ): Promise<Fates> {
    const { delivery, claim } = work;
    const addresses = indexes.map((index) => delivery.recipients[index]!.address);
    // The point of no return: after it nothing is tried again blindly. The claim must outlive the server's answer, and the
    // quota must be spent in the hour it was taken from.
    const lastInstant = work.claimedMonotonic + durations.claim - durations.dataTimeout;
    const isInTime = (): boolean =>
      !shutdown.isStopping() && clock.monotonic() < lastInstant && clock.now() < work.chargeEndsAt;
    if (!isInTime()) return new Map(indexes.map((index): [number, Fate] => [index, TOO_LATE]));
    const transaction = {
      account: claim.account,
      recipients: redirectTo === null ? addresses : [redirectTo],
      identity,
      mail: work.mail,
      pointOfNoReturn: isInTime,
    };
    const { results, login, words } = await sendOnce(transaction, evidence.login, isInTime);
    evidence.login = login;
    noteRefusals(claim.account, results);
    evidence.passed ||= results.some(showsPassage);
    return new Map(
      indexes.map((index, position): [number, Fate] => {
        const result = results[redirectTo === null ? position : 0]!;
        const isExternal = delivery.recipients[index]!.kind === 'external';
        evidence.passedExternal ||= isExternal && result.result === 'accepted';
        const fate = fateOf(delivery, indexes, index, result);
        const seen = { outcome: fate.kind, cause: causeName(result), account: claim.account };
        telemetry.measure('hve.recipients', 1, seen);
        return [index, explained(fate, words)];
      }),
    );
  }

  function noteRefusals(account: string, results: readonly RecipientResult[]): void {
    if (results.some((result) => result.result === 'accepted')) unknownRefusals.delete(account);
    const refusal = results.find(isUnknownRefusal);
    if (refusal?.result !== 'refused') return;
    const reply = `${refusal.reply.code} ${refusal.reply.enhanced ?? ''}`;
    const before = unknownRefusals.get(account);
    unknownRefusals.set(account, { reply, count: before?.reply === reply ? before.count + 1 : 1 });
  }

  async function reportTroubles(work: Work, fates: Fates, evidence: Evidence): Promise<void> {
    const { account } = work.claim;
    const reported = new Set<TroubleScope>();
    let isThrottled = false;
    for (const fate of fates.values()) {
      if (fate.kind === 'notSent' && fate.throttle) isThrottled = true;
      if (fate.kind !== 'notSent' || fate.trouble === null || reported.has(fate.trouble)) continue;
      reported.add(fate.trouble);
      const { text, cause, remedy } = fate.note;
      await troubles.report({
        scope: fate.trouble,
        account,
        action: fate.throttle ? 'throttle' : 'pause',
        cause: cause ?? text,
        remedy: remedy ?? 'look at the reply',
        reply: text,
      });
    }
    if (isThrottled) connections.throttled(account);
    else if (evidence.passed) connections.passed(account);
    const refusals = unknownRefusals.get(account);
    if (refusals && refusals.count >= UNKNOWN_IN_A_ROW) {
      unknownRefusals.delete(account);
      reported.add('account');
      await troubles.report({
        scope: 'account',
        account,
        action: 'pause',
        cause: `the server refused ${UNKNOWN_IN_A_ROW} messages in a row with a reply that is not known`,
        remedy: 'look at the reply and at the dead letters; then add the reply to the rules',
        reply: refusals.reply,
      });
    }
    if (evidence.passed && reported.size === 0) await troubles.passed(account, evidence.passedExternal);
  }

  return {
    async transact(work) {
      const { delivery, claim } = work;
      const fates = new Map<number, Fate>();
      const evidence: Evidence = { passed: false, passedExternal: false, login: work.login };
      for (const [identity, indexes] of groupByIdentity(delivery, claim)) {
        for (const [index, fate] of await send(work, indexes, identity, evidence)) fates.set(index, fate);
      }
      try {
        await reportTroubles(work, fates, evidence);
      } catch (error) {
        // The outcome matters more: a trouble that stands will be met again.
        log('warn', `${delivery.id}: the standing of ${claim.account} could not be written`, {
          messageId: delivery.id,
          account: claim.account,
          error: error instanceof Error ? error.message : String(error),
        });
      }
      return fates;
    },
  };
}

/** The claim's time was over before this transaction began: nothing was sent. */
const TOO_LATE: Fate = {
  kind: 'notSent',
  note: {
    text: 'given up before it was sent: the time of the attempt was over',
    cause: 'what came before in the same attempt took too long',
    remedy: 'none: it is tried again',
  },
  trouble: null,
  throttle: false,
};

/** Accepted, or refused with a reply that is about the message or a recipient for certain. */
function showsPassage(result: RecipientResult): boolean {
  if (result.result === 'accepted') return true;
  if (result.result !== 'refused' || isBeforeMail(result.stage)) return false;
  const { known, scope } = classifyReply(result.reply, result.stage);
  return (known || result.stage === 'rcpt') && (scope === 'recipient' || scope === 'message');
}

/** The recipients of the claim by the identity they go under: their unknown one, or the attempt's. */
function groupByIdentity(delivery: Delivery, claim: Claim): readonly (readonly [Identity, number[]])[] {
  const groups = new Map<number | null, number[]>();
  for (const index of claim.recipients) {
    const { identity } = delivery.recipients[index]!;
    groups.set(identity, [...(groups.get(identity) ?? []), index]);
  }
  return [...groups].map(([identity, indexes]) => [
    identity === null ? identityOfAttempt(delivery, claim.account, claim.at) : delivery.identities[identity]!,
    indexes,
  ]);
}

/** With the words of a failed login in the place of those of the server's reply. */
function explained(fate: Fate, words: Sent['words']): Fate {
  if (words === null || fate.kind !== 'notSent') return fate;
  const { cause, remedy } = words;
  return { ...fate, note: { ...fate.note, cause, remedy } };
}

function isUnknownRefusal(result: RecipientResult): boolean {
  if (result.result !== 'refused' || result.stage === 'rcpt') return false;
  return result.reply.code >= 500 && !classifyReply(result.reply, result.stage).known;
}
