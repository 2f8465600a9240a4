/**
 * What the sweep tells whoever watches from outside: what sends nothing as a log line, how much of each limit is used and how
 * old the queues are as metrics. Told again for as long as it lasts, so that an alert ends by itself when it is over.
 */
import type { Standing } from '../core/records.ts';
import type { Clock, Log, QueueGauge, Telemetry } from '../ports.ts';
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
  telemetry: Telemetry;
}): TellState {
  const { quota, queueGauge, clock, log, telemetry } = deps;

  async function tellQuota(): Promise<void> {
    for (const { scope, limit, used, leased } of await quota.usage()) {
      if (limit === null || limit === 0) continue;
      telemetry.measure('hve.quota.used', used, { scope });
      telemetry.measure('hve.quota.remaining', Math.max(0, limit - used - leased), { scope });
      telemetry.measure('hve.quota.percent', Math.floor((used / limit) * 100), { scope });
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
      telemetry.measure('hve.queue.age', ageSeconds, { queue });
      telemetry.measure('hve.queue.length', messages, { queue });
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
