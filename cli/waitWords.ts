import { roomWords } from '../shared/core/reportWords.ts';
import { troubleOfRoom } from '../shared/core/rooms.ts';
import type { Summary } from './answers.ts';
import { shortTime } from './screen.ts';

/** What a message waits for: `the limit of all recipients, and goes on at 2026-11-25 00:00:00Z`. Null: for nothing. */
export function waitWords({
  waitsFor,
  nextAttemptAt,
}: Pick<Summary, 'waitsFor' | 'nextAttemptAt'>): string | null {
  if (waitsFor === null) return null;
  const at = shortTime(nextAttemptAt);
  if (at === null) return roomWords(waitsFor);
  // Of a trouble one goes first, to find out whether it is over.
  const what = troubleOfRoom(waitsFor) === null ? 'goes on' : 'is tried again';
  return `${roomWords(waitsFor)}, and ${what} at ${at}`;
}
