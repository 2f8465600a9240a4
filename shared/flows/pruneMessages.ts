/**
 * Walks over all that is kept, a round in so many hours and a bounded piece of it at a time: content whose days are over
 * goes, then rows whose days are over. The round's place stands in the tables, so that every run, on whatever instance, goes
 * on where the last one stopped, and no day is favoured.
 *
 * Safe on many instances at once and beside live handlers: what is removed is removed by what was read. What may repeat: all of
 * it. Dying anywhere leaves what the next round finishes.
 */
import type { Durations } from '../core/durations.ts';
import { utcDay } from '../core/messageId.ts';
import type { PruneRound } from '../core/records.ts';
import type { Due, KeptFor } from '../core/retention.ts';
import { dueOf, withoutContent } from '../core/retention.ts';
import type { Clock, EmptiedMessage, KeptMessage, KeptMessages, Log, RetentionNotes } from '../ports.ts';
import type { NeededFrom } from './neededFrom.ts';
import type { ContentRemover } from './removeContent.ts';
import { walkKept, type Group } from './walkKept.ts';

export interface PrunedMessages {
  /** Messages whose content went, and whose rows did. */
  readonly contents: number;
  readonly messages: number;
  /** The round that this run was a piece of has been everywhere. */
  readonly isRoundOver: boolean;
}

/** `isOver`: the run's time is used up. */
export type PruneMessages = (isOver: () => boolean) => Promise<PrunedMessages>;

export function makePruneMessages(deps: {
  kept: KeptMessages;
  retentionNotes: RetentionNotes;
  remover: ContentRemover;
  neededFrom: NeededFrom;
  retention: Pick<KeptFor, 'payloadMs' | 'rowMs'>;
  clock: Clock;
  durations: Durations;
  log: Log;
}): PruneMessages {
  const { kept, retentionNotes, remover, neededFrom, retention, clock, durations, log } = deps;

  /** Null: the last round is over, and the next one not due. */
  function roundAt(now: number, last: PruneRound | null): PruneRound | null {
    if (last !== null && last.place !== null) return last;
    const isDue = last === null || now - last.beganAt >= durations.pruneEvery;
    return isDue ? { beganAt: now, place: null } : null;
  }

  async function visit(group: Group, rules: KeptFor, tally: { contents: number; messages: number }) {
    const now = clock.now();
    const emptied: EmptiedMessage[] = group.flatMap((one) => (one.head === null ? [one] : []));
    const due = (messages: readonly KeptMessage[], what: Due): KeptMessage[] =>
      messages.filter(({ head, deliveries }) => {
        const states = deliveries.map(({ delivery }) => delivery);
        return dueOf(head, states, now, rules) === what;
      });
    const standing = group.flatMap((one) => (one.head === null ? [] : [one]));
    const contents = due(standing, 'content');
    const stripped = await remover.removeContent(
      contents.map((one) => ({
        kept: one,
        head: withoutContent(one.head, { at: now, why: 'retention' }),
        deliveries: one.deliveries.map(({ delivery }) => delivery),
      })),
    );
    tally.contents += stripped.length;
    const finished = await remover.removeBlobs(due(standing, 'blobs'));
    const gone = due(
      [...standing.filter((one) => !contents.includes(one)), ...stripped, ...finished],
      'rows',
    );
    if (gone.length > 0) emptied.push(...(await kept.empty(gone)));
    if (emptied.length === 0) return;
    await kept.clear(emptied);
    tally.messages += emptied.length;
  }

  return async (isOver) => {
    const tally = { contents: 0, messages: 0 };
    const noted = await retentionNotes.readRound();
    const round = roundAt(clock.now(), noted?.value ?? null);
    if (round === null) return { ...tally, isRoundOver: false };
    const rules = { ...retention, neededFrom: await neededFrom() };
    // Nothing of a later day can have been final for long enough.
    const lastDay = utcDay(clock.now() - retention.payloadMs);
    const walked = await walkKept(kept, round.place, lastDay, (group) => visit(group, rules, tally), isOver);
    // Where another instance was here meanwhile its place stands: what was done is done.
    await retentionNotes.writeRound({ ...round, place: walked.place }, noted?.etag ?? null);
    if (tally.contents + tally.messages > 0) {
      const words = `the content of ${tally.contents} messages and the record of ${tally.messages} were removed`;
      log('info', `retention: ${words}`, tally);
    }
    if (walked.failure) throw walked.failure.error;
    return { ...tally, isRoundOver: walked.place === null };
  };
}
