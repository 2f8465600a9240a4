/** Releasing what is held: a person has looked, and whoever may have got it or not goes again under the same identity. */
import type { DeliveryStatus } from '../core/status.ts';
import { statusOf } from '../core/messageView.ts';
import type { Log, MessageStore } from '../ports.ts';
import type { SetGoing } from './setGoing.ts';
import { LOOKS_AT_MOST, changesAllTheTime } from './setGoing.ts';

export type Released =
  | { readonly kind: 'missing' }
  /** Nothing of it is held. */
  | { readonly kind: 'wrongState'; readonly status: DeliveryStatus }
  | { readonly kind: 'going'; readonly deliveries: number };

export type ReleaseHeld = (id: string) => Promise<Released>;

export function makeReleaseHeld(deps: { store: MessageStore; setGoing: SetGoing; log: Log }): ReleaseHeld {
  const { store, setGoing, log } = deps;
  return async (id) => {
    for (let n = 0; n < LOOKS_AT_MOST; n++) {
      const stored = await store.readMessage(id);
      if (stored === null) return { kind: 'missing' };
      const held = stored.deliveries.filter(({ delivery }) => delivery.status === 'held');
      if (held.length === 0) {
        return { kind: 'wrongState', status: statusOf(stored.deliveries.map((row) => row.delivery)) };
      }
      if (!(await setGoing(id, held))) continue;
      log('info', `${id} is released: ${held.length} deliveries go on`, {
        messageId: id,
        deliveries: held.length,
      });
      return { kind: 'going', deliveries: held.length };
    }
    throw changesAllTheTime(id);
  };
}
