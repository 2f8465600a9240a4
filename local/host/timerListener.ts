import type { ContainerClient } from '@azure/storage-blob';
import { runAsSingleton } from './blobLease.ts';
import type { RegisteredFunction } from './functionsCore.ts';
import type { Invoker, TriggerInput } from './invoke.ts';
import type { Log } from './log.ts';
import type { Schedule } from './ncrontab.ts';
import { openScheduleMonitor } from './scheduleMonitor.ts';
import type { ScheduleStatus } from './scheduleMonitor.ts';
import { delay } from './waiting.ts';

export interface TimerListenerOptions {
  readonly fn: RegisteredFunction;
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  /** Whether the last run is kept in Storage, so that a run that was missed is made up for. */
  readonly useMonitor: boolean;
  readonly timeScale: number;
  /** Hosts with the same id share their timers. */
  readonly hostId: string;
  /** The host's own container. */
  readonly container: ContainerClient;
  readonly invoker: Invoker;
  readonly log: Log;
  readonly now: () => number;
}

export interface TimerListener {
  stop(): Promise<void>;
}

/** setTimeout takes no more than 24.8 days; a long wait is done in steps, which also follows a machine that slept. */
const LONGEST_STEP_MS = 60_000;

/**
 * The timer trigger: on one of all hosts at a time; never twice at once; runs that were missed (no host, a long run)
 * become one, with `isPastDue` where it is made up for at the start.
 */
export function listenToTimer(options: TimerListenerOptions): TimerListener {
  const { fn, invoker, now, runOnStartup } = options;
  const { name } = fn.metadata;
  const monitor = options.useMonitor
    ? openScheduleMonitor(options.container, `timers/${options.hostId}/${name}/status`, (message) =>
        options.log({ level: 'warning', functionName: name, message }),
      )
    : undefined;
  // The whole schedule runs in a time that is faster by the scale: a minute's cron at scale 10 is due every 6 s.
  const nextAfter = (afterMs: number): number =>
    Math.ceil(options.schedule.next(afterMs * options.timeScale) / options.timeScale);

  async function run(isPastDue: boolean, status: ScheduleStatus | undefined): Promise<void> {
    await invoker.invoke(fn, timerInput(isPastDue, status, isPastDue ? 'timer, past due' : 'timer'));
  }

  async function work(held: AbortSignal): Promise<void> {
    let status = await monitor?.read();
    let lastDueMs = 0;
    if (runOnStartup && !startedUp) {
      startedUp = true;
      await run(false, status);
    } else if (status !== undefined && status.nextMs < now()) {
      await run(true, status);
      lastDueMs = status.nextMs;
      status = { ...status, lastMs: status.nextMs };
    }
    while (!held.aborted) {
      // A timer may fire a moment early: the occurrence just done must not come again.
      const dueMs = nextAfter(Math.max(now(), lastDueMs));
      status = { lastMs: status?.lastMs ?? 0, nextMs: dueMs, updatedMs: now() };
      await monitor?.write(status);
      while (!held.aborted && now() < dueMs) {
        await delay(Math.min(dueMs - now(), LONGEST_STEP_MS), held);
      }
      if (held.aborted) return;
      await run(false, status);
      lastDueMs = dueMs;
      status = { ...status, lastMs: dueMs };
    }
  }

  let startedUp = false;
  return runAsSingleton({
    container: options.container,
    blobName: `locks/${options.hostId}/${name}`,
    functionName: name,
    log: options.log,
    work,
  });
}

/** What the handler gets as its first argument; the library makes the first letter of each key a small one. */
export function timerInput(
  isPastDue: boolean,
  status: ScheduleStatus | undefined,
  reason: string,
): TriggerInput {
  const timer = {
    Schedule: { AdjustForDST: true },
    ScheduleStatus:
      status === undefined
        ? null
        : {
            Last: new Date(status.lastMs).toISOString(),
            Next: new Date(status.nextMs).toISOString(),
            LastUpdated: new Date(status.updatedMs).toISOString(),
          },
    IsPastDue: isPastDue,
  };
  return { data: { json: JSON.stringify(timer) }, metadata: {}, reason };
}
