/**
 * One attempt at a delivery that may move: as far as it goes now.
 *
 *   expired, captured, refused at once ─► final
 *   gate: wait ─► parked in that room          no password, no token ─► parked in the account's room
 *   gate: go ─► mail composed ─► CLAIM (first write) ─► SMTP ─► OUTCOME (second write) ─► quota settled
 *
 * A crash before the claim leaves a reservation unspent; after it, the claim ends without a word and the recipients
 * are unknown; after the outcome's write, nothing is open but what goes back to the quota.
 */
import { NOTHING } from '../core/charges.ts';
import type { Claim, Delivery, ReplyNote } from '../core/delivery.ts';
import { noteReply, openRecipients } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { expire, failOpen, finish } from '../core/ending.ts';
import { isExpired } from '../core/delivery.ts';
import { roomWords } from '../core/reportWords.ts';
import { isPool, quotaRoom, troubleRoom } from '../core/rooms.ts';
import type { QuotaScope } from '../core/rooms.ts';
import type { Chance, Clock } from '../ports.ts';
import type { Credentials, Login } from './credentials.ts';
import type { Gate, Passage } from './gate.ts';
import type { OutcomeRecorder } from './recordOutcome.ts';
import type { Prepared } from './prepareMail.ts';
import type { RowWriter } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';
import type { Touch } from './touch.ts';
import type { Senders } from './senders.ts';
import type { Transactor } from './transact.ts';
import type { Troubles } from './troubles.ts';

/** The mail of the delivery as it goes through the account, which stands in its From. */
export type MailOf = (delivery: Delivery, account: string) => Promise<Prepared>;

export interface Attempts {
  /**
   * `delivery` is not final and has no claim. False: its row was changed by somebody else, look again.
   * Rejects with `Unavailable` where a store does not answer; then nothing is claimed, or the claim stands.
   */
  run(delivery: Delivery, writer: RowWriter, mailOf: MailOf): Promise<boolean>;
}

export function makeAttempts(deps: {
  gate: Gate;
  rows: Rows;
  touch: Touch;
  credentials: Credentials;
  senders: Senders;
  transactor: Transactor;
  recorder: OutcomeRecorder;
  troubles: Troubles;
  clock: Clock;
  chance: Chance;
  durations: Durations;
  instance: string;
  externalAllowed: boolean;
}): Attempts {
  const { gate, rows, touch, credentials, senders, transactor, recorder, troubles } = deps;
  const { clock, chance, durations, instance, externalAllowed } = deps;

  async function claimAndSend(
    delivery: Delivery,
    writer: RowWriter,
    passage: Extract<Passage, { kind: 'go' }>,
    mail: Extract<Prepared, { ok: true }>,
    login: Login,
  ): Promise<boolean> {
    const claimedMonotonic = clock.monotonic();
    const at = clock.now();
    const claim: Claim = {
      token: Buffer.from(chance.bytes(12)).toString('base64url'),
      instance,
      account: passage.account,
      at,
      endsAt: at + durations.claim,
      charge: passage.reservation.charge,
      recipients: passage.recipients,
    };
    let claimed: Delivery = {
      ...delivery,
      status: 'sending',
      updatedAt: at,
      due: claim.endsAt + durations.margin,
      dueStep: durations.itemOverdue,
      room: null,
      nextAttemptAt: null,
      claim,
    };
    if (!(await writer.write(claimed))) {
      // R1: the claim may stand all the same, with somebody's change on top of it.
      const standing = await writer.reread();
      if (standing?.claim?.token !== claim.token) {
        passage.reservation.settle(NOTHING);
        return false;
      }
      claimed = standing;
    }
    await touch.ensure(delivery.id);
    const fates = await transactor.transact({
      delivery: claimed,
      claim,
      mail: mail.mail,
      login,
      claimedMonotonic,
      chargeEndsAt: passage.reservation.endsAt,
    });
    const spent = await recorder.record(claimed, claim, fates, writer);
    // What cannot be told is left to the sweep, like a claim whose write got no answer.
    if (spent !== null) passage.reservation.settle(spent);
    return true;
  }

  async function go(
    delivery: Delivery,
    writer: RowWriter,
    passage: Extract<Passage, { kind: 'go' }>,
    mailOf: MailOf,
  ): Promise<boolean | 'noLogin' | 'leaseEnded'> {
    const { account } = passage;
    const leave = senders.occupy(account);
    let isClaimed = false;
    try {
      const read = await credentials.loginFor(account);
      if (!read.ok) {
        const { cause, remedy, said, retryAfterMs } = read.failure;
        await troubles.report({ scope: 'account', account, action: 'pause', cause, remedy, reply: said });
        if (isPool(delivery.sender)) return 'noLogin';
        const turnsAt = clock.now() + (retryAfterMs ?? durations.trouble);
        return await rows.settle(rows.parked(delivery, troubleRoom('account', account), turnsAt), writer);
      }
      const mail = await mailOf(delivery, account);
      if (!mail.ok) {
        return await rows.settle(failOpen(delivery, mail.note, clock.now()), writer);
      }
      await touch.ensure(delivery.id);
      if (clock.now() >= passage.reservation.endsAt) return 'leaseEnded';
      isClaimed = true;
      return await claimAndSend(delivery, writer, passage, mail, read.login);
    } finally {
      // A claim's write that got no answer may stand: the sweep finds out what is charged.
      if (!isClaimed) passage.reservation.settle(NOTHING);
      leave();
    }
  }

  return {
    async run(delivery, writer, mailOf) {
      const now = clock.now();
      if (isExpired(delivery, now)) return rows.settle(expire(delivery, now), writer);
      if (delivery.mode === 'capture') return capture(delivery, writer, mailOf);
      if (!isPool(delivery.sender)) credentials.foresee(delivery.sender);
      let standing = externalAllowed ? delivery : refuse(delivery, 'external', NO_EXTERNAL, now);
      const failed = new Set<string>();
      for (;;) {
        if (openRecipients(standing).length === 0) return rows.settle(finish(standing), writer);
        const passage = await gate.pass(standing, failed);
        if (passage.kind === 'go') {
          const went = await go(standing, writer, passage, mailOf);
          if (typeof went === 'boolean') return went;
          // The next account of the pool; or another lease, where it ended while the mail was composed.
          if (went === 'noLogin') failed.add(passage.account);
          continue;
        }
        if (passage.kind === 'wait') {
          if (delivery.onQuota === 'reject' && passage.room.startsWith('quota:')) {
            return rows.settle(rejectForQuota(standing, now), writer);
          }
          return rows.settle(rows.parked(standing, passage.room, passage.turnsAt), writer);
        }
        standing = refuse(standing, passage.recipients, neverFits(passage.scope), now);
      }
    },
  };

  async function capture(delivery: Delivery, writer: RowWriter, mailOf: MailOf): Promise<boolean> {
    const now = clock.now();
    const mail = await mailOf(delivery, senders.candidates(delivery.sender)[0] ?? delivery.sender);
    if (!mail.ok) return rows.settle(failOpen(delivery, mail.note, now), writer);
    const recipients = delivery.recipients.map((recipient) => ({
      ...recipient,
      status: 'captured' as const,
      at: now,
    }));
    return rows.settle({ ...finish(delivery, 'captured'), recipients, updatedAt: now }, writer);
  }
}

const NO_EXTERNAL: ReplyNote = {
  text: '550 5.5.105 External sending is not supported for High Volume Email accounts',
  cause: 'HVE does not send to external recipients',
  remedy: 'send it another way; check the accepted domains (HVE_INTERNAL_DOMAINS)',
};

const QUOTA_FULL: ReplyNote = {
  text: 'quota',
  cause: 'the quota is used up, and the message says onQuota: reject',
  remedy: 'send it again when the window has turned, or let it be deferred',
};

/** Rejected, if nobody has got it; a part may have gone before its external recipients had to wait. */
function rejectForQuota(delivery: Delivery, now: number): Delivery {
  const failed = failOpen(delivery, QUOTA_FULL, now);
  const mayHaveIt = failed.recipients.some(({ status }) => status === 'unknown');
  return failed.status === 'failed' && !mayHaveIt ? { ...failed, status: 'rejected' } : failed;
}

function neverFits(scope: QuotaScope): ReplyNote {
  return {
    text: `more recipients at once than ${roomWords(quotaRoom(scope))}`,
    cause: `more recipients at once than ${roomWords(quotaRoom(scope))} in a whole window, less what is kept for more urgent mail`,
    remedy: 'raise that limit, or send to fewer recipients',
  };
}

/** These recipients, or all open ones of a kind, fail with the note. */
function refuse(
  delivery: Delivery,
  which: readonly number[] | 'external',
  note: ReplyNote,
  now: number,
): Delivery {
  const indexes =
    which === 'external'
      ? openRecipients(delivery).filter((index) => delivery.recipients[index]!.kind === 'external')
      : which;
  if (indexes.length === 0) return delivery;
  const noted = noteReply(delivery.replies, note);
  const recipients = [...delivery.recipients];
  for (const index of indexes) {
    recipients[index] = { ...recipients[index]!, status: 'failed', reply: noted.index, at: now };
  }
  return { ...delivery, recipients, replies: noted.replies, updatedAt: now };
}
