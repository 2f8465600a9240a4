/** What became of a message, in the order in which it happened. Pure. */
import type { MessageView } from '../api/answers.ts';
import { formatCount } from '../words/numbers.ts';
import type { Tone } from '../words/statuses.ts';
import { STATUS_WORDS, formatNext, formatRoom, isOver } from '../words/statuses.ts';

export interface TimeLineEvent {
  /** null: when is not known, or not yet. */
  readonly at: string | null;
  readonly title: string;
  readonly detail: string | null;
  readonly tone: Tone;
}

/** A message of more deliveries than this tells its attempts by the minute. */
const SINGLE_DELIVERIES = 3;
const MINUTE_CHARACTERS = 'YYYY-MM-DDTHH:mm'.length;

export function timeLineOf(message: MessageView): readonly TimeLineEvent[] {
  return [accepted(message), ...attempts(message), ...standing(message)];
}

function accepted({ createdAt, counts, app, priority, deliveries, status }: MessageView): TimeLineEvent {
  const parts =
    deliveries.length > 1 ? `, in ${formatCount(deliveries.length, 'delivery', 'deliveries')}` : '';
  return {
    at: createdAt,
    title: status === 'rejected' ? 'Received' : 'Accepted',
    detail: `from ${app}, for ${formatCount(counts.recipients, 'recipient')}${parts}, priority ${priority}`,
    tone: 'quiet',
  };
}

interface AttemptOf {
  readonly at: string;
  readonly delivery: number;
  readonly attempt: number;
  readonly account: string;
  readonly accepted: number;
  readonly refused: number;
  readonly unknown: number;
}

function attempts({ deliveries }: MessageView): readonly TimeLineEvent[] {
  const all: AttemptOf[] = deliveries
    .flatMap(({ delivery, attempts: of }) => of.map((attempt) => ({ ...attempt, delivery })))
    .toSorted((left, right) => left.at.localeCompare(right.at));
  if (deliveries.length <= SINGLE_DELIVERIES) {
    return all.map((one) => {
      const part = deliveries.length > 1 ? `Delivery ${one.delivery}, attempt` : 'Attempt';
      return { at: one.at, title: `${part} ${one.attempt}`, detail: describe([one]), tone: toneOf([one]) };
    });
  }
  return [...Map.groupBy(all, ({ at }) => at.slice(0, MINUTE_CHARACTERS)).values()].map((of) => ({
    at: of[0]!.at,
    title: formatCount(of.length, 'attempt'),
    detail: describe(of),
    tone: toneOf(of),
  }));
}

function describe(of: readonly AttemptOf[]): string {
  const sum = (count: (attempt: AttemptOf) => number): number =>
    of.reduce((total, one) => total + count(one), 0);
  const outcomes = [
    [sum((one) => one.accepted), 'accepted'],
    [sum((one) => one.refused), 'refused'],
    [sum((one) => one.unknown), 'unknown'],
  ] as const;
  const said = outcomes.flatMap(([count, word]) =>
    count > 0 ? [`${formatCount(count, 'recipient')} ${word}`] : [],
  );
  const accounts = [...new Set(of.map(({ account }) => account))].join(', ');
  return `${said.length > 0 ? said.join(', ') : 'nothing was sent'} · from ${accounts}`;
}

function toneOf(of: readonly AttemptOf[]): Tone {
  if (of.some(({ refused, unknown }) => refused + unknown > 0)) return 'bad';
  return of.some(({ accepted: count }) => count > 0) ? 'good' : 'quiet';
}

/** How it stands, and what comes next. */
function standing(message: MessageView): readonly TimeLineEvent[] {
  const { status, waitsFor, nextAttemptAt, updatedAt } = message;
  const { label, tone, meaning } = STATUS_WORDS[status];
  const title = label[0]!.toUpperCase() + label.slice(1);
  if (isOver(status)) return [{ at: updatedAt, title, detail: meaning, tone }];
  const waits = waitsFor === null ? meaning : `waits for ${formatRoom(waitsFor)}`;
  const now: TimeLineEvent = { at: null, title: `Now: ${label}`, detail: waits, tone };
  if (nextAttemptAt === null) return [now];
  const next = formatNext(waitsFor);
  const what = status === 'scheduled' ? 'Goes' : next[0]!.toUpperCase() + next.slice(1);
  return [now, { at: nextAttemptAt, title: what, detail: null, tone: 'waits' }];
}
