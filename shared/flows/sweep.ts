/**
 * The sweep, every minute: probes what is in trouble, releases what may go, every five minutes sees to what is overdue,
 * and leaves a heartbeat. Safe on many instances at once and beside live ones. One part that fails stops no other.
 */
import type { Durations } from '../core/durations.ts';
import type { Clock, Days, Log } from '../ports.ts';
import type { CloseDeadLeases } from './deadLeases.ts';
import type { Probe } from './probe.ts';
import type { SeeToOverdue } from './overdue.ts';
import type { SweepRooms } from './sweepRooms.ts';
import { tell } from './tell.ts';
import type { TellState } from './tellState.ts';
import type { Troubles } from './troubles.ts';

export type Sweep = () => Promise<void>;

export function makeSweep(deps: {
  troubles: Troubles;
  probe: Probe;
  closeDeadLeases: CloseDeadLeases;
  sweepRooms: SweepRooms;
  seeToOverdue: SeeToOverdue;
  tellState: TellState;
  days: Days;
  clock: Clock;
  durations: Durations;
  log: Log;
}): Sweep {
  const {
    troubles,
    probe,
    closeDeadLeases,
    sweepRooms,
    seeToOverdue,
    tellState,
    days,
    clock,
    durations,
    log,
  } = deps;
  let overdueSeenAt = -Infinity;

  return async () => {
    const failures: unknown[] = [];
    async function part(name: string, run: () => Promise<unknown>): Promise<void> {
      try {
        await run();
      } catch (error) {
        failures.push(error);
        log(
          'error',
          `the sweep could not ${name}: ${error instanceof Error ? error.message : String(error)}`,
          {
            part: name,
          },
        );
      }
    }
    await part('probe what is in trouble', async () => probe(await troubles.readNow()));
    await part('close the leases of the dead', closeDeadLeases);
    await part('release what waits', async () => {
      const standings = await troubles.readNow();
      tellState.paused(standings);
      await sweepRooms(standings);
    });
    if (clock.monotonic() - overdueSeenAt >= durations.overdueEvery) {
      await part('see to what is overdue', seeToOverdue);
      await part('tell how much is used and waits', () => tellState.levels());
      overdueSeenAt = clock.monotonic();
    }
    if (failures.length > 0)
      throw new AggregateError(failures, 'parts of the sweep failed; it runs again in a minute');
    await days.beat(clock.now());
    tell(log, 'info', 'the sweep went well', { signal: 'heartbeat' });
  };
}
