/**
 * Is it able to send, and if not: why, and who must do what? Shallow: what is recorded. Deep: it asks every neighbour.
 */
import type { Durations } from '../core/durations.ts';
import type { Clock, Days, Standings } from '../ports.ts';
import type { CredentialAccount } from './credentials.ts';
import type { LogIn } from './logIn.ts';

export interface HealthCheck {
  readonly name: string;
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly cause: string | null;
  readonly remedy: string | null;
}

export interface HealthView {
  /** `degraded`: some mail waits; `failing`: none goes. */
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly checks: readonly HealthCheck[];
}

export type ReadHealth = (deep: boolean) => Promise<HealthView>;

const ok = (name: string): HealthCheck => ({ name, status: 'ok', cause: null, remedy: null });

export function makeReadHealth(deps: {
  standings: Standings;
  days: Days;
  logIn: LogIn;
  accounts: readonly CredentialAccount[];
  clock: Clock;
  durations: Durations;
}): ReadHealth {
  const { standings, days, logIn, accounts, clock, durations } = deps;
  const startedAt = clock.monotonic();

  async function heartbeat(): Promise<HealthCheck> {
    const last = await days.lastBeat();
    const age = last === null ? clock.monotonic() - startedAt : clock.now() - last;
    if (age < durations.heartbeat) return ok('heartbeat');
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

  async function login({ address, auth, secret }: CredentialAccount): Promise<HealthCheck[]> {
    const credential = auth === 'oauth' ? `oauth ${address}` : `keyVault ${secret}`;
    const result = await logIn(address);
    if (result.ok) return [ok(credential), ok(`smtp ${address}`)];
    const { at, cause, remedy } = result;
    if (at === 'credential') return [{ name: credential, status: 'failing', cause, remedy }];
    return [ok(credential), { name: `smtp ${address}`, status: 'failing', cause, remedy }];
  }

  async function storage(): Promise<HealthCheck[]> {
    try {
      return [ok('storage'), await heartbeat(), ...(await troubles())];
    } catch (error) {
      return [
        {
          name: 'storage',
          status: 'failing',
          cause: error instanceof Error ? error.message : String(error),
          remedy: 'look at the storage account: its network rules, and the roles of the app’s identity',
        },
      ];
    }
  }

  return async (deep) => {
    const checks = [ok('configuration'), ...(await storage())];
    if (deep) checks.push(...(await Promise.all(accounts.map(login))).flat());
    const status = checks.some((check) => check.status === 'failing')
      ? 'failing'
      : checks.some((check) => check.status === 'degraded')
        ? 'degraded'
        : 'ok';
    return { status, checks };
  };
}
