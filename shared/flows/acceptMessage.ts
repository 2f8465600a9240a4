/**
 * Accepting a message: recorded before it is answered for.
 *
 *   validate ─ plan ─ size ─ look at the quota ─ key ─ payload blob ─ waiting rows ─ rows
 *     ├─ one delivery from the outbox, not bulk: straight on
 *     └─ else one item per delivery
 *
 * The id names the message, so whatever repeats (a redelivered item, a retry over HTTP with a key) finds it standing:
 * the insert decides, and nothing is recorded twice. Once the rows stand the message is accepted, whatever becomes of
 * the items: the sweep puts those that are missing.
 */
import { boundPriority, maySend, wishedSender } from '../core/appRules.ts';
import { fingerprintOf } from '../core/fingerprint.ts';
import { wasNeverPlanned } from '../core/goAnew.ts';
import type { Message, Problem } from '../core/message.ts';
import { makeProblem } from '../core/messageProblems.ts';
import { parseMessage } from '../core/messageSchema.ts';
import { planMessage } from '../core/plan.ts';
import type { Clock, IdempotencyKeys, Log, MessageStore } from '../ports.ts';
import type { AppBook } from './appBook.ts';
import type { MessageSize } from './messageSize.ts';
import type { LookAtQuota } from './quotaLook.ts';
import type { Origin, Recorded, RecordMessage } from './recordMessage.ts';
import type { Refused } from '../core/quotaLedger.ts';

/** The id is the message's, unless its key names another one. */
export interface Submission extends Origin {
  /** Decoded, not yet validated. */
  readonly value: unknown;
  /** As the caller's header has it; undefined: it has none. */
  readonly traceparent?: unknown;
}

export type Acceptance =
  | Recorded
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[]; readonly tooLarge: boolean }
  /** The key was used with another body, for this message. */
  | { readonly kind: 'keyReused'; readonly id: string }
  /** The quota is full, and the message would rather be rejected; nothing is recorded. */
  | { readonly kind: 'quotaFull'; readonly refused: Refused };

export interface AcceptRules {
  readonly internalDomains: readonly string[];
  readonly recipientsPerMessage: number | null;
  readonly idempotencyMs: number;
  /** The sender account that `from` names; null: none of ours. */
  readonly accountOf: (sender: string | null) => string | null;
}

export type AcceptMessage = (submission: Submission) => Promise<Acceptance>;

export function makeAcceptMessage(deps: {
  store: MessageStore;
  keys: IdempotencyKeys;
  size: MessageSize;
  lookAtQuota: LookAtQuota;
  recordMessage: RecordMessage;
  appBook: AppBook;
  clock: Clock;
  rules: AcceptRules;
  log: Log;
}): AcceptMessage {
  const { store, keys, size, lookAtQuota, recordMessage, appBook, clock, rules, log } = deps;

  /** Recorded before: then the answer is the first one, whatever the quota says now. */
  async function stands(recordedId: string, { id, replaces }: Origin): Promise<boolean> {
    if (recordedId === id && replaces !== undefined) return false;
    return (await store.readHead(recordedId)) !== null;
  }

  /** What the key names was rejected at the outbox, since the quota was full: what comes again takes its place. */
  async function originOf(recordedId: string, submission: Submission): Promise<Origin> {
    if (recordedId === submission.id) return submission;
    const first = (await store.readMessage(recordedId))?.deliveries[0];
    if (!first || !wasNeverPlanned(first.delivery)) return submission;
    return { ...submission, id: recordedId, source: 'redrive', replaces: first.etag };
  }

  /** An answer over HTTP that leaves no record leaves no key either: a corrected body may come under it. */
  async function isRecorded({ app, idempotencyKey }: Message, submission: Submission): Promise<boolean> {
    if (idempotencyKey === null) return stands(submission.id, submission);
    const record = await keys.find(app, idempotencyKey, clock.now());
    return record !== null;
  }

  return async (submission) => {
    const { id, value, source } = submission;
    const parsed = parseMessage(value, { now: clock.now() });
    if (!parsed.ok) return { kind: 'invalid', problems: parsed.problems, tooLarge: false };
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
      return { kind: 'invalid', problems, tooLarge: sized.tooLarge };
    }

    const refused = await lookAtQuota(message, account, plan.deliveries);
    if (refused && source === 'http' && !(await isRecorded(message, submission))) {
      return { kind: 'quotaFull', refused };
    }
    let recordedId = id;
    if (message.idempotencyKey !== null) {
      const now = clock.now();
      const fingerprint = fingerprintOf(message);
      const record = await keys.claim(
        {
          app: message.app,
          key: message.idempotencyKey,
          messageId: id,
          fingerprint,
          expiresAt: now + rules.idempotencyMs,
        },
        now,
      );
      if (record.fingerprint !== fingerprint) return { kind: 'keyReused', id: record.messageId };
      recordedId = record.messageId;
    }
    const origin = await originOf(recordedId, submission);
    if (refused && !(await stands(recordedId, origin))) return { kind: 'quotaFull', refused };
    const acceptance = await recordMessage(recordedId, account, message, plan.deliveries, origin);
    if (!acceptance.replayed) {
      log('detail', `${recordedId} is accepted`, {
        messageId: recordedId,
        app: message.app,
        source,
        deliveries: plan.deliveries.length,
        priority: message.priority,
      });
    }
    return acceptance;
  };
}
