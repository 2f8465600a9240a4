/** Dead letters by cause, as an operator works on them: one cause, one remedy, all that it struck. Pure. */
import type { DeadLetterView } from '../api/answers.ts';

export interface FailureGroup {
  readonly cause: string;
  readonly remedy: string;
  readonly whoActs: DeadLetterView['failures'][number]['whoActs'];
  readonly letterIds: readonly string[];
  /** How many messages, and how many of their recipients, have it. */
  readonly messages: number;
  readonly recipients: number;
  readonly apps: readonly string[];
  /** The newest first, at most a few. */
  readonly examples: readonly { readonly messageId: string; readonly subject: string | null }[];
  readonly newestAt: string;
  readonly today: number;
  readonly yesterday: number;
}

export interface DayNames {
  readonly today: string;
  readonly yesterday: string;
  /** The day of an instant, in the zone of whoever looks. */
  dayOf(at: string): string;
}

const EXAMPLES = 3;

/** The cause that struck most recently first. A message with two causes stands in both groups, as its main one decides nothing. */
export function groupFailures(letters: readonly DeadLetterView[], days: DayNames): readonly FailureGroup[] {
  const pairs = letters.flatMap((letter) => letter.failures.map((failure) => ({ letter, failure })));
  const byCause = Map.groupBy(pairs, ({ failure }) => failure.cause);
  return [...byCause]
    .map(([cause, of]) => {
      const ofCause = of.toSorted((left, right) => right.letter.at.localeCompare(left.letter.at));
      const messages = new Map(ofCause.map(({ letter }) => [letter.messageId ?? letter.id, letter]));
      const on = (day: string): number =>
        [...messages.values()].filter(({ at }) => days.dayOf(at) === day).length;
      return {
        cause,
        remedy: ofCause[0]!.failure.remedy,
        whoActs: ofCause[0]!.failure.whoActs,
        letterIds: ofCause.map(({ letter }) => letter.id),
        messages: messages.size,
        recipients: ofCause.reduce((sum, { failure }) => sum + failure.recipients, 0),
        apps: [...new Set(ofCause.flatMap(({ letter }) => letter.app ?? []))].toSorted((a, b) =>
          a.localeCompare(b),
        ),
        examples: [...messages.values()]
          .flatMap(({ messageId, subject }) => (messageId === null ? [] : [{ messageId, subject }]))
          .slice(0, EXAMPLES),
        newestAt: ofCause[0]!.letter.at,
        today: on(days.today),
        yesterday: on(days.yesterday),
      };
    })
    .toSorted((left, right) => right.newestAt.localeCompare(left.newestAt));
}
