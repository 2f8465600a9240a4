/** A quota as a gauge: shares of its limit. Pure. */
import type { UsageView } from '../api/answers.ts';

export type ScopeOfUsage = UsageView['scopes'][number];

export interface Gauge {
  readonly scope: string;
  readonly limit: number | null;
  readonly used: number;
  readonly leased: number;
  readonly waiting: number;
  readonly remaining: number | null;
  /** Of the limit, each from 0 to 1, together at most 1. */
  readonly shares: { readonly used: number; readonly leased: number; readonly waiting: number };
  readonly level: 'ample' | 'short' | 'full';
  /** When the limit will be reached. */
  readonly reachedAt: string | null;
}

/** From this share of a limit on it is shown as short: there is still time to do something. */
const SHORT_FROM = 0.8;

/** Tenant, external and the accounts always; apps where they have a limit, or something waits. */
export function gaugesOf({ scopes }: UsageView): readonly Gauge[] {
  return scopes
    .filter(({ scope, limit, waiting }) => !scope.startsWith('app:') || limit !== null || waiting > 0)
    .map(gaugeOf);
}

export function gaugeOf({ scope, limit, used, leased, waiting, remaining, forecast }: ScopeOfUsage): Gauge {
  const share = (n: number, room: number): number => (limit ? Math.min(room, n / limit) : 0);
  const usedShare = share(used, 1);
  const leasedShare = share(leased, 1 - usedShare);
  const waitingShare = share(waiting, 1 - usedShare - leasedShare);
  const shares = { used: usedShare, leased: leasedShare, waiting: waitingShare };
  const { reachedAt } = forecast;
  return {
    scope,
    limit,
    used,
    leased,
    waiting,
    remaining,
    shares,
    level: levelOf(limit, used, waiting),
    reachedAt,
  };
}

function levelOf(limit: number | null, used: number, waiting: number): Gauge['level'] {
  if (limit === null) return 'ample';
  // A limit of nothing is none that somebody runs into, unless somebody tries.
  if (limit === 0) return waiting > 0 ? 'full' : 'ample';
  if (used >= limit) return 'full';
  return used + waiting >= limit * SHORT_FROM ? 'short' : 'ample';
}
