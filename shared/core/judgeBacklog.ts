/** What the app has not come to the end of, as checks with cause, remedy and a command to run. Pure. */
import { wellCheck, type HealthCheck } from './healthView.ts';

/** A day that could be closed for so long and is not, is stuck: closeDay runs every hour. */
const CLOSING_LATE_MS = 3 * 3_600_000;

const RESTART = 'az functionapp restart --name APP --resource-group GROUP';

const NOT_CLOSED = {
  notEnded: 'it has not ended',
  claimsOpen: 'its last mail may still be on its way',
  leasesOpen: 'leases of its hours are still open',
  due: 'it is closed within the hour',
  noRecord: 'no mail, so there is nothing to close',
} as const;

/** As the flow `closedDays` tells it of a day. `closableFrom`: milliseconds since the epoch, as `now` is. */
export type SeenDay =
  | { readonly isClosed: true }
  | { readonly isClosed: false; readonly why: keyof typeof NOT_CLOSED; readonly closableFrom: number };

export function judgeDay(day: string, seen: SeenDay, now: number): HealthCheck {
  if (seen.isClosed) return wellCheck('days', `${day} is closed`);
  const { why, closableFrom } = seen;
  const isLate = (why === 'due' || why === 'leasesOpen') && now - closableFrom > CLOSING_LATE_MS;
  if (!isLate) return wellCheck('days', `${day}: ${NOT_CLOSED[why]}`);
  return {
    name: 'days',
    status: 'degraded',
    cause: `${day} could have been closed since ${new Date(closableFrom).toISOString()}: ${NOT_CLOSED[why]}`,
    remedy:
      'look for errors of the functions closeDay and sweep in the log; restart the app if its timers stand still',
    command: RESTART,
  };
}

/** As `QueueState` of the ports has it. */
export interface SeenQueue {
  readonly queue: string;
  readonly isPoison: boolean;
  readonly messages: number;
}

export function judgePoisonQueues(queues: readonly SeenQueue[]): HealthCheck {
  const filled = queues.filter(({ isPoison, messages }) => isPoison && messages > 0);
  if (filled.length === 0) return wellCheck('poison queues', 'empty');
  return {
    name: 'poison queues',
    status: 'degraded',
    cause: `${filled.map(({ queue, messages }) => `${queue} holds ${messages}`).join(', ')}: that cannot be by design`,
    remedy: 'report it with the log of that time; is maxDequeueCount in host.json still 10000?',
  };
}

/** Of the letters that were looked at the details, the newest first; `hasMore`: there are others. */
export function judgeDeadLetters(details: readonly string[], hasMore: boolean): HealthCheck {
  if (details.length === 0) return wellCheck('dead letters', 'none');
  const count = `${details.length}${hasMore ? ' or more' : ''}`;
  return {
    name: 'dead letters',
    status: 'degraded',
    cause: `${count} given up and not sent again, the newest: ${details[0] ?? ''}`,
    remedy: 'cure what each of them says, then redrive them (docs/operations.md, "Dead letters")',
    command: 'npx hve dead-letters',
  };
}
