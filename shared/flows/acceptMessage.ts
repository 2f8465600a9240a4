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
import { fingerprintOf } from '../core/fingerprint.ts';
import { wasNeverPlanned } from '../core/goAnew.ts';
import type { Message, Problem } from '../core/message.ts';
import type { Clock, IdempotencyKeys, Log, MessageStore } from '../ports.ts';
import type { JudgeMessage } from './judgeMessage.ts';
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
  judgeMessage: JudgeMessage;
  lookAtQuota: LookAtQuota;
  recordMessage: RecordMessage;
  clock: Clock;
  rules: Pick<AcceptRules, 'idempotencyMs'>;
  log: Log;
}): AcceptMessage {
  const { store, keys, judgeMessage, lookAtQuota, recordMessage, clock, rules, log } = deps;

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
    const judged = await judgeMessage(value);
    if (!judged.ok) return { kind: 'invalid', problems: judged.problems, tooLarge: judged.tooLarge };
    const { message, account, deliveries } = judged;

    const refused = await lookAtQuota(message, account, deliveries);
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
    const acceptance = await recordMessage(recordedId, account, message, deliveries, origin);
    if (!acceptance.replayed) {
      log('detail', `${recordedId} is accepted`, {
        messageId: recordedId,
        app: message.app,
        source,
        deliveries: deliveries.length,
        priority: message.priority,
      });
    }
    return acceptance;
  };
}
