/**
 * What a redrive would come to, as far as that can be told before: nothing is written. What was rejected is validated; how many
 * recipients it has, and whether its key is free, shows when it goes.
 */
import { wasNeverPlanned } from '../core/goAnew.ts';
import { needsOf } from '../core/quotaNeeds.ts';
import type { DeadLetters, MessageStore } from '../ports.ts';
import type { Redrive } from './redrive.ts';
import { readOriginal, redrivableOf } from './redrive.ts';
import type { TakeFromOutbox } from './takeFromOutbox.ts';

export function makeForeseeRedrive(deps: {
  store: MessageStore;
  deadLetters: DeadLetters;
  takeFromOutbox: Pick<TakeFromOutbox, 'judgeAgain'>;
  externalAllowed: boolean;
}): Redrive {
  const { store, deadLetters, takeFromOutbox, externalAllowed } = deps;
  return async (id, only) => {
    const found = redrivableOf(await store.readMessage(id), only);
    if ('kind' in found) return found;
    const [first] = found.rows;
    if (!first || !wasNeverPlanned(first.delivery)) {
      const deliveries = found.rows.map(({ delivery }) => delivery);
      return { kind: 'going', deliveries: deliveries.length, needs: needsOf(deliveries, externalAllowed) };
    }
    const original = await readOriginal(deadLetters, first.delivery);
    if (original === null) return { kind: 'originalGone' };
    const problems = await takeFromOutbox.judgeAgain(original);
    return problems.length > 0 ? { kind: 'stillRejected', problems } : { kind: 'going', deliveries: 1 };
  };
}
