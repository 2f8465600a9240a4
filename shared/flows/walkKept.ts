/**
 * A walk over all messages that are kept, day by day upwards, in groups; bounded in time, and going on where it stopped.
 * What is accepted meanwhile may be missed: whoever walks looks for what is old.
 */
import { nextDay } from '../core/calendarDay.ts';
import type { Place } from '../core/records.ts';
import type { EmptiedMessage, KeptMessage, KeptMessages } from '../ports.ts';

/** Some transactions of a hundred rows. */
const GROUP = 400;

export type Group = readonly (KeptMessage | EmptiedMessage)[];

export interface Walked {
  /** Where to go on; null: it has been everywhere. */
  readonly place: Place | null;
  /** A group could not be seen to. It is passed over, so that it stops nothing that lies behind it, and the walk ended there. */
  readonly failure: { readonly error: unknown } | null;
}

/** `lastDay` is included. `isOver` is asked after each group. */
export async function walkKept(
  kept: Pick<KeptMessages, 'days' | 'scan'>,
  from: Place | null,
  lastDay: string,
  visit: (group: Group) => Promise<void>,
  isOver: () => boolean,
): Promise<Walked> {
  for await (const day of kept.days(from?.day ?? null)) {
    if (day > lastDay) break;
    let group: (KeptMessage | EmptiedMessage)[] = [];
    const seeGroup = async (): Promise<Walked | null> => {
      const last = group.at(-1);
      if (last === undefined) return null;
      const place = { day, after: last.id };
      const visited = group;
      group = [];
      try {
        await visit(visited);
      } catch (error) {
        return { place, failure: { error } };
      }
      return isOver() ? { place, failure: null } : null;
    };
    for await (const message of kept.scan(day, day === from?.day ? from.after : null)) {
      group.push(message);
      const stopped = group.length >= GROUP ? await seeGroup() : null;
      if (stopped) return stopped;
    }
    const stopped = await seeGroup();
    if (stopped) return stopped;
    if (isOver()) return { place: { day: nextDay(day), after: null }, failure: null };
  }
  return { place: null, failure: null };
}
