/** What each view reads of the API, and how often it is read anew while somebody looks. Pure. */
import type { MessageSummaryView, MessageView, OperationView, Page, UsageView } from '../api/answers.ts';
import { isOnTheMove, isOver } from '../words/statuses.ts';
import type { Route } from './route.ts';
import { searchOf } from './route.ts';
import type { Reading } from './reading.ts';

export interface Need {
  readonly path: string;
  readonly everyMs: number;
  /** It may be missing: nothing is stale for that. */
  readonly isOptional?: boolean;
}

export const PATHS = {
  health: 'health',
  deepHealth: 'health?deep=1',
  usage: 'usage',
  history: 'usage/history?days=30',
  accounts: 'accounts',
  /** The report of a day that was closed. */
  day: (day: string) => `usage?day=${day}`,
  /** Failures of the last days: more than these are said to be more. */
  failures: 'dead-letters?limit=200',
  latest: 'messages?limit=25',
  held: 'messages?status=held&limit=5',
  message: (id: string) => `messages/${encodeURIComponent(id)}`,
  /** Its status and counts alone. */
  operation: (id: string) => `operations/${encodeURIComponent(id)}`,
  payload: (id: string) => `messages/${encodeURIComponent(id)}/payload`,
  deadLetter: (id: string) => `dead-letters/${encodeURIComponent(id)}`,
  messages: (query: Readonly<Record<string, string>>) => `messages${searchOf({ ...query, limit: '50' })}`,
  /** The API knows no filter by cause: that is looked for on this side, among more of them. */
  deadLetters: ({ cause, ...query }: Readonly<Record<string, string>>) =>
    `dead-letters${searchOf({ ...query, limit: cause === undefined ? '50' : '200' })}`,
} as const;

const SECOND = 1000;
const DAY_MS = 86_400 * SECOND;
/** As often as usage is written by the instances (every 15 s). */
const USUAL_MS = 15 * SECOND;
/** While a bar moves. */
const MOVING_MS = 2 * SECOND;
const BUSY_MS = 5 * SECOND;
/** Above so many a message is large. */
const LARGE_RECIPIENTS = 200;
/** Each letter is held against its row. */
const FAILURES_MS = 30 * SECOND;
/** A day is closed once a day. */
const HISTORY_MS = 300 * SECOND;
/** Looks at a thousand messages to find some rare ones. */
const HELD_MS = 300 * SECOND;

export function needsOf(route: Route, read: <Value>(path: string) => Reading<Value>): readonly Need[] {
  const health: Need = { path: PATHS.health, everyMs: USUAL_MS };
  const usage: Need = { path: PATHS.usage, everyMs: USUAL_MS };
  switch (route.view) {
    case 'overview':
      return [
        health,
        usage,
        { path: PATHS.failures, everyMs: FAILURES_MS },
        { path: PATHS.latest, everyMs: listPace(PATHS.latest, read) },
        { path: PATHS.history, everyMs: HISTORY_MS },
        { path: PATHS.held, everyMs: HELD_MS },
        ...yesterdayOf(read).map((day) => ({ path: PATHS.day(day), everyMs: HISTORY_MS, isOptional: true })),
      ];
    case 'messages': {
      const path = PATHS.messages(route.query);
      return [health, { path, everyMs: listPace(path, read) }];
    }
    case 'message':
      return [health, ...needsOfMessage(route.id, read)];
    case 'deadLetters':
      return [health, { path: PATHS.deadLetters(route.query), everyMs: FAILURES_MS }];
    case 'deadLetter':
      return [health, { path: PATHS.deadLetter(route.id), everyMs: FAILURES_MS }];
    case 'accounts':
      return [health, { path: PATHS.accounts, everyMs: USUAL_MS }, usage];
  }
}

/** Of a large message on its way only the counts are read at each turn: all of its recipients would be a megabyte. */
function needsOfMessage(id: string, read: <Value>(path: string) => Reading<Value>): readonly Need[] {
  const path = PATHS.message(id);
  const message = read<MessageView>(path).value;
  if (message === null || !isOnTheMove(message.status)) return [{ path, everyMs: USUAL_MS }];
  if (message.counts.recipients <= LARGE_RECIPIENTS) return [{ path, everyMs: MOVING_MS }];
  const counts = PATHS.operation(id);
  const hasMovedOn = (read<OperationView>(counts).value ?? message).status !== message.status;
  return [
    { path, everyMs: hasMovedOn ? MOVING_MS : USUAL_MS },
    { path: counts, everyMs: MOVING_MS },
  ];
}

/** The day before the window's; none while that is not known. */
export function yesterdayOf(read: <Value>(path: string) => Reading<Value>): readonly string[] {
  const usage = read<UsageView>(PATHS.usage).value;
  if (usage === null) return [];
  return [new Date(Date.parse(usage.window.day) - DAY_MS).toISOString().slice(0, 10)];
}

function listPace(path: string, read: <Value>(path: string) => Reading<Value>): number {
  const page = read<Page<MessageSummaryView>>(path).value;
  return page?.items.some(({ status }) => isOnTheMove(status) && !isOver(status)) ? BUSY_MS : USUAL_MS;
}
