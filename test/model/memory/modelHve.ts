/**
 * High Volume Email as the model has it: takes transactions as a script says, and keeps who got what, under which
 * identity. A repeat is kept like any mail, so that it can be counted.
 */
import type { Identity } from '../../../shared/core/identity.ts';
import type { Reply, SmtpStage } from '../../../shared/core/reply.ts';
import type {
  MailTransport,
  RecipientResult,
  Transaction,
  TransactionResult,
  TransportFailure,
} from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';

/** How one transaction goes. */
export type Course = Way & {
  /** Who is refused by RCPT, whatever becomes of the others. */
  readonly replies?: ReadonlyMap<string, Reply>;
};
type Way =
  | { readonly kind: 'goes' }
  | { readonly kind: 'before'; readonly stage: SmtpStage; readonly reply: Reply | null }
  | { readonly kind: 'refused'; readonly stage: 'mail' | 'data' | 'end-of-data'; readonly reply: Reply }
  | { readonly kind: 'lostBefore'; readonly stage: 'mail' | 'rcpt' | 'data' }
  /** The connection is lost after the last byte; `taken`: the server took the mail all the same. */
  | { readonly kind: 'lostAfter'; readonly taken: boolean };

/** One transaction from its point of no return on. */
export interface Passage {
  readonly instance: string;
  readonly id: string;
  readonly delivery: number;
  readonly account: string;
  readonly identity: Identity;
  readonly recipients: readonly string[];
  /** When the point of no return was passed: in the world, and by the instance's clock. */
  readonly at: number;
  readonly atByInstance: number;
  /** The ledger's hour that it was in, by its instance's rules. */
  hour: number;
  /** When its claim ends, by the clock of whoever holds it. */
  claimEndsAt: number;
  /** Who has it now; null: the server has not come to it yet. */
  taken: readonly string[] | null;
  /** What the instance was told. */
  told: 'nothing' | 'unknown' | 'answer';
  /** The instance could not record in time what it was told: Storage was down, or it stood still. */
  isLost: boolean;
}

export interface Hve {
  course: (transaction: Transaction) => Course;
  /** Refuses what it has taken before under the same Message-ID and Date. */
  refusesDuplicates: boolean;
  readonly passages: Passage[];
  /** Called when a transaction has passed its point of no return, before the server decides. */
  onPassage: (passage: Passage) => void;
  /** Called when the server has taken a mail. */
  onTaken: (passage: Passage) => void;
  loginFails: () => TransportFailure | null;
}

const OK: Reply = { code: 250, enhanced: '2.0.0', text: '250 2.0.0 OK' };
const DUPLICATE: Reply = {
  code: 554,
  enhanced: '5.2.0',
  text: '554 5.2.0 STOREDRV.Submission.Exception:StoragePermanentException.MapiExceptionDuplicateDelivery',
};

export function makeHve(): Hve {
  return {
    course: () => ({ kind: 'goes' }),
    refusesDuplicates: false,
    passages: [],
    onPassage: () => undefined,
    onTaken: () => undefined,
    loginFails: () => null,
  };
}

/** Every mail that arrived, one for each recipient. */
export function arrivals(hve: Hve): { readonly recipient: string; readonly passage: Passage }[] {
  return hve.passages.flatMap((passage) =>
    (passage.taken ?? []).map((recipient) => ({ recipient, passage })),
  );
}

/** The message and the delivery that a Message-ID names. */
function deliveryOfIdentity({ messageId }: Identity): { id: string; delivery: number } {
  const [id = '', delivery = '0'] = messageId.slice(1).split('.');
  return { id, delivery: Number(delivery) };
}

export function makeModelTransport(
  hve: Hve,
  boundary: Boundary,
  deps: {
    readonly instance: string;
    /** The world's time. */
    readonly now: () => number;
    /** The instance's. */
    readonly nowByInstance: () => number;
    readonly transactionMs: number;
    readonly dataMs: number;
  },
): MailTransport {
  const { instance, now, nowByInstance, transactionMs, dataMs } = deps;

  async function send(transaction: Transaction): Promise<TransactionResult> {
    const { recipients, identity, account } = transaction;
    const startedAt = now();
    const refused = new Map<string, RecipientResult>();
    const all = (result: RecipientResult): TransactionResult => ({
      recipients: recipients.map((address) => refused.get(address) ?? result),
    });
    const { id, delivery } = deliveryOfIdentity(identity);
    const course = await boundary('smtp', `smtp ${identity.messageId} to ${recipients.length}`, () =>
      hve.course(transaction),
    );
    const failed = (stage: SmtpStage, error: string, givenUp = false): TransportFailure => ({
      stage,
      reply: null,
      error,
      givenUp,
    });
    if (now() - startedAt > transactionMs) {
      return all({ result: 'notSent', failure: failed('mail', 'not sent in time') });
    }
    if (course.kind === 'before') {
      const { stage, reply } = course;
      return all({ result: 'notSent', failure: { ...failed(stage, `failed at ${stage}`), reply } });
    }
    if (course.kind === 'lostBefore') {
      return all({ result: 'notSent', failure: failed(course.stage, 'the connection was lost') });
    }
    if (course.kind === 'refused' && course.stage !== 'end-of-data') {
      return all({ result: 'refused', stage: course.stage, reply: course.reply });
    }
    for (const [address, reply] of course.replies ?? []) {
      refused.set(address, { result: 'refused', stage: 'rcpt', reply });
    }
    if (refused.size === recipients.length) return all({ result: 'accepted', reply: OK });
    if (!transaction.pointOfNoReturn()) {
      return all({ result: 'notSent', failure: failed('data', 'given up before the last byte', true) });
    }
    const passage: Passage = {
      instance,
      id,
      delivery,
      account,
      identity,
      recipients: recipients.filter((address) => !refused.has(address)),
      at: now(),
      atByInstance: nowByInstance(),
      hour: NaN,
      claimEndsAt: -Infinity,
      taken: null,
      told: 'nothing',
      isLost: false,
    };
    hve.passages.push(passage);
    hve.onPassage(passage);
    const result = await boundary('smtp', `end of data ${identity.messageId}`, () => serve(passage, course));
    const isLate = now() - passage.at > dataMs;
    passage.told = result.result === 'unknown' || isLate ? 'unknown' : 'answer';
    return all(isLate ? { result: 'unknown', failure: failed('end-of-data', 'no answer in time') } : result);
  }

  /** What the server makes of the whole mail. */
  function serve(passage: Passage, course: Course): RecipientResult {
    const { messageId, dateMs } = passage.identity;
    const isRepeat = hve.passages.some(
      ({ taken, identity }) =>
        taken !== null && taken.length > 0 && identity.messageId === messageId && identity.dateMs === dateMs,
    );
    passage.taken = [];
    if (course.kind === 'refused') return { result: 'refused', stage: 'end-of-data', reply: course.reply };
    if (isRepeat && hve.refusesDuplicates) {
      return { result: 'refused', stage: 'end-of-data', reply: DUPLICATE };
    }
    if (course.kind !== 'lostAfter' || course.taken) {
      passage.taken = passage.recipients;
      hve.onTaken(passage);
    }
    if (course.kind !== 'lostAfter') return { result: 'accepted', reply: OK };
    const failure = {
      stage: 'end-of-data',
      reply: null,
      error: 'the connection was lost',
      givenUp: false,
    } as const;
    return { result: 'unknown', failure };
  }

  return {
    send,
    verify: (account) => boundary('smtp', `login ${account}`, () => hve.loginFails()),
    setConnections: () => undefined,
    close: async () => undefined,
  };
}
