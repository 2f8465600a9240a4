/** A claim that has ended without a word: whoever finds it records that its recipients are unknown. */
import type { Claim, Delivery } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import type { Clock, Log, Telemetry } from '../ports.ts';
import type { OutcomeRecorder } from './recordOutcome.ts';
import type { RowWriter } from './rowWriter.ts';

/** Resolves with the milliseconds until the claim has ended for certain; 0: it was taken over. */
export type TakeOver = (delivery: Delivery, claim: Claim, writer: RowWriter) => Promise<number>;

export function makeTakeOver(deps: {
  recorder: OutcomeRecorder;
  clock: Clock;
  durations: Durations;
  log: Log;
  telemetry: Telemetry;
}): TakeOver {
  const { recorder, clock, durations, log, telemetry } = deps;
  return async (delivery, claim, writer) => {
    const restMs = claim.endsAt + durations.margin - clock.now();
    if (restMs > 0) return restMs;
    log('warn', `${delivery.id}: an attempt ended without a word; its recipients are unknown`, {
      messageId: delivery.id,
      delivery: delivery.delivery,
      attempt: delivery.attempt,
      instance: claim.instance,
    });
    telemetry.measure('hve.claims.taken_over', 1, { account: claim.account });
    await recorder.record(delivery, claim, new Map(), writer);
    return 0;
  };
}
