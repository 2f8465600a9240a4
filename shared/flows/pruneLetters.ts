/**
 * Dead letters go by the same clocks as their messages, counted from when they were written: the message became final right
 * after that. First the original, where it is kept; then the letter. What may repeat: all of it; one that is written anew
 * meanwhile stays.
 */
import type { KeptFor } from '../core/retention.ts';
import type { Clock, DeadLetters, KeptLetter } from '../ports.ts';

/** How many were changed or removed. */
export type PruneLetters = (isOver: () => boolean) => Promise<number>;

const AT_ONCE = 16;

export function makePruneLetters(deps: {
  deadLetters: DeadLetters;
  retention: Pick<KeptFor, 'payloadMs' | 'rowMs'>;
  clock: Clock;
}): PruneLetters {
  const { deadLetters, retention, clock } = deps;

  async function prune({ letter, hasOriginal, etag }: KeptLetter, now: number): Promise<boolean> {
    if (letter.at + retention.rowMs <= now) return deadLetters.discard(letter, etag);
    const isOver = hasOriginal && letter.at + retention.payloadMs <= now;
    return isOver && deadLetters.replace({ ...letter, raw: null }, etag);
  }

  return async (isOver) => {
    const now = clock.now();
    let pruned = 0;
    let group: KeptLetter[] = [];
    const seeGroup = async (): Promise<void> => {
      const results = await Promise.all(group.map(async (one) => prune(one, now)));
      pruned += results.filter(Boolean).length;
      group = [];
    };
    for await (const one of deadLetters.all()) {
      // They come by days, the oldest first: the next run begins there again.
      if (isOver()) break;
      group.push(one);
      if (group.length === AT_ONCE) await seeGroup();
    }
    await seeGroup();
    return pruned;
  };
}
