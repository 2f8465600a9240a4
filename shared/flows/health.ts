/**
 * Is it able to send, and if not: why, and who must do what? Shallow: what is recorded. Deep: it asks every neighbour.
 */
import type { Durations } from '../core/durations.ts';
import { wellCheck, worstStatus, type HealthCheck, type HealthView } from '../core/healthView.ts';
import type { Clock, Days, Standings } from '../ports.ts';
import type { AskNeighbours, DeepHealth } from './deepHealth.ts';

export type ReadHealth = (deep: boolean) => Promise<HealthView>;

export function makeReadHealth(deps: {
  standings: Standings;
  days: Days;
  askNeighbours: AskNeighbours;
  accounts: readonly { readonly address: string }[];
  clock: Clock;
  durations: Durations;
}): ReadHealth {
  const { standings, days, askNeighbours, accounts, clock, durations } = deps;
  const startedAt = clock.monotonic();

  async function heartbeat(): Promise<HealthCheck> {
    const last = await days.lastBeat();
    const age = last === null ? clock.monotonic() - startedAt : clock.now() - last;
    if (age < durations.heartbeat) return wellCheck('heartbeat');
    return {
      name: 'heartbeat',
      status: 'degraded',
      cause: `the sweep has not ended well since ${last === null ? 'the start' : new Date(last).toISOString()}: what waits does not go on`,
      remedy: 'look for errors of the function sweep in the log; restart the app if its timers stand still',
    };
  }

  async function troubles(): Promise<HealthCheck[]> {
    const rows = (await standings.readAll()).map((row) => row.value);
    const found = rows.flatMap(({ name, trouble, pausedByPerson }): HealthCheck[] => {
      if (pausedByPerson) {
        const cause = `paused by a person: ${pausedByPerson.reason}`;
        return [{ name, status: 'degraded', cause, remedy: 'resume it when that is over' }];
      }
      if (!trouble) return [];
      return [
        { name, status: 'degraded', cause: `${trouble.cause} (${trouble.reply})`, remedy: trouble.remedy },
      ];
    });
    const stopped = new Set(found.map((check) => check.name));
    const none = stopped.has('tenant') || accounts.every((account) => stopped.has(account.address));
    return none ? found.map((check) => ({ ...check, status: 'failing' })) : found;
  }

  /** What is recorded, or that nothing can be read. */
  async function recorded(): Promise<{ readonly base: HealthCheck[]; readonly standing: HealthCheck[] }> {
    try {
      return { base: [wellCheck('storage'), await heartbeat()], standing: await troubles() };
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      const remedy = 'look at the storage account: its network rules, and the roles of the app’s identity';
      return { base: [{ name: 'storage', status: 'failing', cause, remedy }], standing: [] };
    }
  }

  return async (deep) => {
    const configuration = wellCheck('configuration');
    const [{ base, standing }, asked] = await Promise.all([recorded(), deep ? askNeighbours() : null]);
    if (asked === null) {
      const checks = [configuration, ...base, ...standing];
      return { status: worstStatus(checks), checks };
    }
    const checks = [configuration, ...base, ...asked.base, ...asked.path, ...standing, ...asked.outcome];
    const askedAt = asked.at === null ? {} : { askedAt: new Date(asked.at).toISOString() };
    return { status: statusOf([...base, ...standing], asked), checks, ...askedAt };
  };
}

/** What fails for one account keeps the others' mail from nothing. */
function statusOf(recorded: readonly HealthCheck[], asked: DeepHealth): HealthView['status'] {
  const whole = worstStatus([...recorded, ...asked.base, ...asked.outcome]);
  const path = worstStatus(asked.path);
  if (whole === 'failing' || (path === 'failing' && !asked.isPassable)) return 'failing';
  return whole === 'ok' && path === 'ok' ? 'ok' : 'degraded';
}
