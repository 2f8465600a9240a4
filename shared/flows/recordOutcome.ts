/**
 * The second write of an attempt: its outcome. It is never thrown away (R7): while the tables are down it is tried
 * again until the claim ends, and what conflicts is merged into what stands.
 *
 * If it cannot be recorded by then, the claim ends without a word: the recipients are unknown, and go again under the
 * same identity.
 */
import { chargedSince } from '../core/charges.ts';
import type { Spend } from '../core/charges.ts';
import type { Claim, Delivery } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import type { Fates } from '../core/outcome.ts';
import { mergeLateOutcome, settleClaim } from '../core/outcome.ts';
import { isPool, troubleRoom } from '../core/rooms.ts';
import { isFinal, isMoving } from '../core/status.ts';
import { Unavailable } from '../ports.ts';
import type { Chance, Clock, Log, Telemetry } from '../ports.ts';
import type { RowWriter } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';
import { tell } from './tell.ts';
import type { Touch } from './touch.ts';

export interface OutcomeRecorder {
  /**
   * `claimed` is the row as the claim left it. An empty map: the claim ended without a word. Resolves with what of the claim's
   * charge the row charges in the end: also where the answer to the write that says so was lost. Null: nobody can tell any more.
   */
  record(claimed: Delivery, claim: Claim, fates: Fates, writer: RowWriter): Promise<Spend | null>;
}

interface Recorded {
  readonly spent: Spend | null;
}

/** Long enough that nothing spins, where the account's trouble could not be written. */
const MOVE_ON_MS = 1000;

/** Between two tries to record: long enough for a store to recover, short beside the claim. */
const RECORD_AGAIN_MS = 2000;

export function makeOutcomeRecorder(deps: {
  rows: Rows;
  touch: Touch;
  clock: Clock;
  chance: Chance;
  durations: Durations;
  log: Log;
  telemetry: Telemetry;
}): OutcomeRecorder {
  const { rows, touch, clock, chance, durations, log, telemetry } = deps;

  /** What was spent, once it is recorded. */
  async function write(
    standing: Delivery,
    claimed: Delivery,
    claim: Claim,
    fates: Fates,
    writer: RowWriter,
  ): Promise<Recorded | 'changed'> {
    if (standing.claim?.token !== claim.token) {
      // Whoever took it over has charged all of it as unknown, and nothing goes back; or it is our own write, whose answer
      // was lost. What is charged stays whatever is merged.
      const spent = chargedSince(claimed, standing, claim.charge);
      const merged = mergeLateOutcome(standing, fates, clock.now());
      if (merged === null) return { spent };
      if (isMoving(merged.status)) await touch.ensure(merged.id);
      // It may be final by that: then its dead letter comes first (R5).
      const written = isFinal(merged.status) ? rows.settle(merged, writer) : writer.write(merged);
      return (await written) ? { spent } : 'changed';
    }
    const context = { now: clock.now(), random: chance.random(), durations };
    const settled = settleClaim(standing, claim, fates, context);
    // A pool goes on through its next account; only when none may it waits in its room.
    const movesOn = settled.trouble === 'account' && isPool(standing.sender);
    const delayMs = movesOn ? MOVE_ON_MS : (settled.itemAfterMs ?? 0);
    const next = movesOn
      ? rows.queued(settled.delivery, delayMs)
      : settled.trouble === null
        ? settled.delivery
        : rows.parked(settled.delivery, troubleRoom(settled.trouble, claim.account), null);
    if (!(await rows.settle(next, writer, delayMs))) return 'changed';
    telemetry.measure('hve.attempts', 1, { status: next.status, account: claim.account });
    logOutcome(next, standing.attempt);
    return { spent: settled.spent };
  }

  function logOutcome(next: Delivery, attempt: number): void {
    const count = (status: string): number =>
      next.recipients.filter((recipient) => recipient.status === status).length;
    const accepted = count('accepted');
    const fields = {
      signal: 'outcome' as const,
      messageId: next.id,
      delivery: next.delivery,
      attempt,
      status: next.status,
      app: next.app,
      accepted,
      failed: count('failed'),
      unknown: count('unknown'),
      waiting: count('waiting'),
      room: next.room,
    };
    const last = next.replies.findLast((reply) => reply.cause !== null);
    const why = last ? `: ${last.cause}. What to do: ${last.remedy}` : '';
    const text = `${next.id} is ${next.status}, ${accepted} of ${next.recipients.length} accepted${why}`;
    // What failed has a dead letter, which says so; what waits goes on by itself.
    tell(log, next.status === 'held' || fields.unknown > 0 ? 'warn' : 'detail', text, fields);
  }

  return {
    async record(claimed, claim, fates, writer) {
      const deadline = clock.monotonic() + Math.max(0, claim.endsAt - clock.now());
      let standing: Delivery | null = claimed;
      while (standing !== null) {
        try {
          const recorded = await write(standing, claimed, claim, fates, writer);
          if (recorded !== 'changed') return recorded.spent;
          standing = await writer.reread();
        } catch (error) {
          if (!(error instanceof Unavailable) || clock.monotonic() >= deadline) throw error;
          await clock.sleep(RECORD_AGAIN_MS);
        }
      }
      const what = `${claimed.id}, delivery ${claimed.delivery}: the row of a delivery that was sent is gone; its outcome is lost`;
      tell(log, 'error', `defect: ${what}`, { signal: 'defect', what });
      return claim.charge;
    },
  };
}
