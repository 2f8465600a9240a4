import { DEAD_LETTER_REASONS, parseDeadLetterId } from '../shared/core/deadLetterView.ts';
import { isDay } from '../shared/core/calendarDay.ts';
import type { Problem } from '../shared/core/message.ts';
import type { DeadLetterQuery } from '../shared/flows/readDeadLetters.ts';
import { wrongParameter } from './jsonBody.ts';

export const FILTER_NAMES = ['day', 'reason', 'app'] as const;

/** Which dead letters are meant, and everything that is wrong with how it was said. `path`: where the fields stand. */
export function readDeadLetterFilter(
  { day, reason, app }: Readonly<Record<string, unknown>>,
  path: readonly string[] = [],
): { readonly filter: Omit<DeadLetterQuery, 'cursor'>; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const wrong = (name: string, detail: string): void => {
    problems.push(wrongParameter([...path, name], detail));
  };
  const knownReason = DEAD_LETTER_REASONS.find((one) => one === reason);
  if (isGiven(day) && (typeof day !== 'string' || !isDay(day))) {
    wrong('day', 'expected the UTC day of the messages, such as 2026-11-24');
  }
  if (isGiven(reason) && knownReason === undefined) {
    wrong('reason', `expected one of ${DEAD_LETTER_REASONS.join(', ')}`);
  }
  if (isGiven(app) && typeof app !== 'string') wrong('app', 'expected the name of an app');
  const filter = {
    day: typeof day === 'string' ? day : undefined,
    reason: knownReason,
    app: typeof app === 'string' ? app.toLowerCase() : undefined,
  };
  return { filter, problems };
}

export function isDeadLetterCursor(value: unknown): value is string {
  return typeof value === 'string' && parseDeadLetterId(value) !== null;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
