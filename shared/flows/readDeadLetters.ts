/**
 * Reading dead letters, the newest message first. One counts only while the delivery's row is final by that attempt (R5), so
 * each is held against its row; those that no longer count are passed over.
 */
import type {
  DeadLetterDetailView,
  DeadLetterReason,
  DeadLetterView,
  LetterRecord,
} from '../core/deadLetterView.ts';
import {
  deadLetterId,
  isStale,
  parseDeadLetterId,
  viewDeadLetter,
  viewDeadLetterDetail,
} from '../core/deadLetterView.ts';
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
  /** Null: nothing is recorded, or a newer version wrote it. Of a delivery of a split message without the message's head. */
  readonly record: LetterRecord | null;
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

  async function recordOf({ messageId, delivery }: DeadLetterFacts): Promise<LetterRecord | null> {
    if (!isMessageId(messageId)) return null;
    const stored = await store.readDelivery(messageId, delivery);
    return stored && { delivery: stored.delivery, head: stored.head?.head ?? null };
  }

  async function see(letter: DeadLetterFacts): Promise<SeenLetter> {
    try {
      const record = await recordOf(letter);
      return { letter, record, stale: isStale(letter, record?.delivery ?? null) };
    } catch (error) {
      // R10: a newer version has it in hand; it is left alone, and must not hide the others.
      if (error instanceof NewerVersion) return { letter, record: null, stale: true };
      throw error;
    }
  }

  /** The head of a split message is a row of its own, read once for all its deliveries. */
  async function withHeads(group: readonly SeenLetter[]): Promise<readonly SeenLetter[]> {
    const heads = new Map<string, ReturnType<MessageStore['readHead']>>();
    return Promise.all(
      group.map(async (seen) => {
        const { record, letter, stale } = seen;
        if (stale || record === null || record.head !== null) return seen;
        const { messageId } = letter;
        const reading = heads.get(messageId) ?? store.readHead(messageId);
        heads.set(messageId, reading);
        return { ...seen, record: { ...record, head: (await reading)?.head ?? null } };
      }),
    );
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
        for (const { letter, record, stale } of await withHeads(group)) {
          if (!stale && items.length === limit) return { items, cursor: items.at(-1)!.id };
          if (!stale) items.push(viewDeadLetter(letter, record));
        }
        looks += group.length;
        if (looks >= LOOKS_AT_MOST) return { items, cursor: deadLetterId(group.at(-1)!.letter) };
      }
      return { items };
    },

    async one(id) {
      const place = parseDeadLetterId(id);
      const letter = place && (await deadLetters.read(place.day, place.key));
      if (!letter) return null;
      const [seen] = await withHeads([await see(letter)]);
      return viewDeadLetterDetail(letter, seen!.record, seen!.stale);
    },

    async look(id) {
      const place = parseDeadLetterId(id);
      const letter = place && (await deadLetters.read(place.day, place.key));
      return letter && see(letter);
    },
  };
}
