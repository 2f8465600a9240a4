/**
 * What the sweep tells whoever watches from outside: what sends nothing, how much of each limit is used, how old the queues
 * are. Told again for as long as it lasts, so that an alert ends by itself when it is over.
 */
import type { Standing } from '../core/records.ts';
import type { Clock, Log, QueueGauge } from '../ports.ts';
import type { Quota } from './quota.ts';
import { tell } from './tell.ts';

export interface TellState {
  /** With every sweep. */
  paused(standings: readonly Standing[]): void;
  /** Every few minutes. */
  levels(): Promise<void>;
}

export function makeTellState(deps: {
  quota: Pick<Quota, 'usage'>;
  queueGauge: QueueGauge;
  clock: Clock;
  log: Log;
}): TellState {
  const { quota, queueGauge, clock, log } = deps;

  async function tellQuota(): Promise<void> {
    for (const { scope, limit, used, leased } of await quota.usage()) {
      if (limit === null || limit === 0) continue;
      const percent = Math.floor((used / limit) * 100);
      tell(log, 'info', `${scope}: ${used} of ${limit} recipients are used`, {
        signal: 'quota',
        scope,
        limit,
        used,
        leased,
        percent,
      });
    }
  }

  async function tellQueues(): Promise<void> {
    for (const { queue, isPoison, messages, visibleSince } of await queueGauge.look()) {
      if (isPoison) {
        if (messages > 0) {
          const text = `${queue} holds ${messages} messages; that cannot be by design: report it`;
          tell(log, 'error', text, { signal: 'poison', queue, messages });
        }
        continue;
      }
      const ageSeconds =
        visibleSince === null ? 0 : Math.max(0, Math.round((clock.now() - visibleSince) / 1000));
      const text = `${queue} holds about ${messages} messages, the first for ${ageSeconds} s`;
      tell(log, 'info', text, { signal: 'queue', queue, ageSeconds, messages });
    }
  }

  return {
    paused(standings) {
      for (const { name, trouble, pausedByPerson } of standings) {
        // What is throttled still sends, only more slowly.
        const stopped = trouble?.action === 'pause' ? trouble : null;
        const since = pausedByPerson?.since ?? stopped?.since;
        if (since === undefined) continue;
        const stoppedBy = pausedByPerson ? 'person' : 'reply';
        const cause = pausedByPerson ? pausedByPerson.reason : stopped!.cause;
        tell(log, 'warn', `${name} sends nothing: ${cause}`, {
          signal: 'paused',
          standing: name,
          stoppedBy,
          since: new Date(since).toISOString(),
          cause,
        });
      }
    },

    async levels() {
      await tellQuota();
      await tellQueues();
    },
  };
}
