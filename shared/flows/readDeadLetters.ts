/**
 * Reading dead letters, the newest message first. One counts only while the delivery's row is final by that attempt (R5), so
 * each is held against its row; those that no longer count are passed over.
 */
import type { DeadLetterDetailView, DeadLetterReason, DeadLetterView } from '../core/deadLetterView.ts';
import {
  deadLetterId,
  isStale,
  parseDeadLetterId,
  viewDeadLetter,
  viewDeadLetterDetail,
} from '../core/deadLetterView.ts';
import type { Delivery } from '../core/delivery.ts';
import { isMessageId } from '../core/messageId.ts';
import type { DeadLetterFacts } from '../core/records.ts';
import type { DeadLetters, MessageStore } from '../ports.ts';
import { NewerVersion } from '../ports.ts';

export interface DeadLetterQuery {
  /** The UTC day of the messages; without it all that are kept. */
  readonly day?: string | undefined;
  readonly reason?: DeadLetterReason | undefined;
  readonly app?: string | undefined;
  /** The id of a dead letter: it begins behind that one. */
  readonly cursor?: string | undefined;
}

export interface DeadLetterPage {
  readonly items: readonly DeadLetterView[];
  /** Where the next page begins; there may be one with fewer items than were asked for. */
  readonly cursor?: string;
}

export interface SeenLetter {
  readonly letter: DeadLetterFacts;
  readonly stale: boolean;
}

export interface DeadLetterReader {
  list(query: DeadLetterQuery & { readonly limit: number }): Promise<DeadLetterPage>;
  one(id: string): Promise<DeadLetterDetailView | null>;
  /** A letter with whether it counts; null: there is none. */
  look(id: string): Promise<SeenLetter | null>;
  /** All that the query asks for, in groups that are read at once; the next only when it is wanted. */
  walk(query: DeadLetterQuery): AsyncIterable<readonly SeenLetter[]>;
}

/** Rows that are read at once. */
const GROUP = 16;
/** Letters that one page looks at: those that count among many that do not are found page by page. */
const LOOKS_AT_MOST = 1000;

export function makeDeadLetterReader(deps: {
  store: MessageStore;
  deadLetters: DeadLetters;
}): DeadLetterReader {
  const { store, deadLetters } = deps;

  async function rowOf({ messageId, delivery }: DeadLetterFacts): Promise<Delivery | null> {
    if (!isMessageId(messageId)) return null;
    return (await store.readDelivery(messageId, delivery))?.delivery ?? null;
  }

  async function see(letter: DeadLetterFacts): Promise<SeenLetter> {
    try {
      return { letter, stale: isStale(letter, await rowOf(letter)) };
    } catch (error) {
      // R10: a newer version has it in hand; it is left alone, and must not hide the others.
      if (error instanceof NewerVersion) return { letter, stale: true };
      throw error;
    }
  }

  async function* letters({ day, reason, app, cursor }: DeadLetterQuery): AsyncGenerator<DeadLetterFacts> {
    const after = cursor === undefined ? null : parseDeadLetterId(cursor);
    const days = day === undefined ? await deadLetters.days() : [day];
    for (const one of days) {
      if (after && one > after.day) continue;
      yield* deadLetters.list(one, { reason, app, below: one === after?.day ? after.key : undefined });
    }
  }

  async function* walk(query: DeadLetterQuery): AsyncGenerator<readonly SeenLetter[]> {
    let group: DeadLetterFacts[] = [];
    for await (const letter of letters(query)) {
      group.push(letter);
      if (group.length < GROUP) continue;
      yield await Promise.all(group.map(see));
      group = [];
    }
    if (group.length > 0) yield await Promise.all(group.map(see));
  }

  return {
    walk,

    async list({ limit, ...query }) {
      const items: DeadLetterView[] = [];
      let looks = 0;
      for await (const group of walk(query)) {
        for (const { letter, stale } of group) {
          if (!stale && items.length === limit) return { items, cursor: items.at(-1)!.id };
          if (!stale) items.push(viewDeadLetter(letter));
        }
        looks += group.length;
        if (looks >= LOOKS_AT_MOST) return { items, cursor: deadLetterId(group.at(-1)!.letter) };
      }
      return { items };
    },

    async one(id) {
      const place = parseDeadLetterId(id);
      const letter = place && (await deadLetters.read(place.day, place.key));
      return letter && viewDeadLetterDetail(letter, (await see(letter)).stale);
    },

    async look(id) {
      const place = parseDeadLetterId(id);
      const letter = place && (await deadLetters.read(place.day, place.key));
      return letter && see(letter);
    },
  };
}
