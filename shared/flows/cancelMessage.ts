/**
 * Canceling a message:
 *
 *   final ............... as it is
 *   without a claim ..... canceled, all of these in one transaction
 *   with a claim ........ marked: it ends as it ends, and is not tried again. If its outcome stays unknown, so do the
 *                         recipients, and the delivery ends canceled
 *
 * Waiting rows stay: the sweep tidies them. What may repeat: all of it. A claim that begins at the same time conflicts
 * with this: one of the two is written, and the other looks again.
 */
import { cancel } from '../core/ending.ts';
import { isFinal } from '../core/status.ts';
import type { Clock, Log, MessageStore, StoredDelivery, Telemetry } from '../ports.ts';
import { LOOKS_AT_MOST, changesAllTheTime } from './setGoing.ts';
import type { Touch } from './touch.ts';

export type Cancellation =
  | { readonly kind: 'missing' }
  /** Every delivery is final: there is nothing to stop. */
  | { readonly kind: 'final' }
  /** So many deliveries were stopped; so many were on their way and are not tried again. */
  | { readonly kind: 'canceled'; readonly stopped: number; readonly onTheirWay: number };

export type CancelMessage = (id: string) => Promise<Cancellation>;

export function makeCancelMessage(deps: {
  store: MessageStore;
  touch: Touch;
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
}): CancelMessage {
  const { store, touch, clock, log, telemetry } = deps;

  async function stop(stored: readonly StoredDelivery[]): Promise<boolean> {
    const now = clock.now();
    return store.replaceAll(stored.map(({ delivery, etag }) => ({ next: cancel(delivery, now), etag })));
  }

  /** The claim stays as it is (R6). */
  async function mark({ delivery, etag }: StoredDelivery): Promise<boolean> {
    if (delivery.cancelRequested) return true;
    await touch.ensure(delivery.id);
    if ((await store.replace({ ...delivery, cancelRequested: true }, etag)) === null) return false;
    await touch.ensure(delivery.id);
    return true;
  }

  return async (id) => {
    const stopped = new Set<number>();
    const onTheirWay = new Set<number>();
    for (let n = 0; n < LOOKS_AT_MOST; n++) {
      const stored = await store.readMessage(id);
      if (stored === null) return { kind: 'missing' };
      const open = stored.deliveries.filter(({ delivery }) => !isFinal(delivery.status));
      if (open.length === 0 && stopped.size + onTheirWay.size === 0) return { kind: 'final' };
      const unclaimed = open.filter(({ delivery }) => delivery.claim === null);
      if (!(await stop(unclaimed))) continue;
      for (const { delivery } of unclaimed) {
        stopped.add(delivery.delivery);
        telemetry.measure('hve.deliveries', 1, { status: 'canceled', app: delivery.app });
      }
      const claimed = open.filter(({ delivery }) => delivery.claim !== null);
      const marked = await Promise.all(claimed.map(mark));
      for (const [index, { delivery }] of claimed.entries()) {
        if (marked[index]) onTheirWay.add(delivery.delivery);
      }
      if (!marked.every(Boolean)) continue;
      log('info', `${id} is canceled: ${stopped.size} deliveries stopped, ${onTheirWay.size} on their way`, {
        messageId: id,
        stopped: stopped.size,
        onTheirWay: onTheirWay.size,
      });
      return { kind: 'canceled', stopped: stopped.size, onTheirWay: onTheirWay.size };
    }
    throw changesAllTheTime(id);
  };
}
