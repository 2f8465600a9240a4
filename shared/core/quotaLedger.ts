/**
 * The arithmetic of the ledger (pure): what was taken of each scope, hour by hour.
 *
 * Invariant: Σ taken over the hours of a window ≤ the scope's limit. A take is all or nothing over its scopes.
 */
import type { Priority } from './message.ts';
import type { QuotaScope } from './rooms.ts';
import type { QuotaWindow } from './window.ts';
import { HOUR_MS, isInWindow, leavesWindowAt } from './window.ts';

/** Recipients taken in each hour, by the hour's start in milliseconds. */
export type TakenByHour = Readonly<Record<string, number>>;

/** How many recipients each scope may use in a window; null: no limit. */
export interface ScopeLimits {
  readonly tenant: number | null;
  readonly external: number | null;
  readonly account: (address: string) => number | null;
  readonly app: (name: string) => number | null;
  /** The last part of each limit that only `critical` may use, in percent. */
  readonly reserveCriticalPercent: number;
  /** `bulk` may use a limit only up to here, in percent. */
  readonly bulkPercent: number;
}

export interface QuotaRequest {
  readonly recipients: number;
  readonly external: number;
  readonly account: string;
  readonly app: string;
  readonly priority: Priority;
}

/** Older hours are in no window any more. */
export const HOURS_KEPT = 50;

export function limitOf(limits: ScopeLimits, scope: QuotaScope): number | null {
  if (scope === 'tenant') return limits.tenant;
  if (scope === 'external') return limits.external;
  return scope.startsWith('account:') ? limits.account(scope.slice(8)) : limits.app(scope.slice(4));
}

/** What the priority may use of a scope's limit, all that was taken before counted; null: no limit. */
export function usableOf(limits: ScopeLimits, scope: QuotaScope, priority: Priority): number | null {
  const limit = limitOf(limits, scope);
  if (limit === null || priority === 'critical') return limit;
  const ordinary = limit - Math.ceil((limit * limits.reserveCriticalPercent) / 100);
  return priority === 'normal'
    ? ordinary
    : Math.min(ordinary, Math.floor((limit * limits.bulkPercent) / 100));
}

/** The scopes that a request takes from, with how much of each. */
export function scopesOf(request: QuotaRequest): readonly (readonly [QuotaScope, number])[] {
  const scopes: [QuotaScope, number][] = [
    ['tenant', request.recipients],
    [`account:${request.account}`, request.recipients],
    [`app:${request.app}`, request.recipients],
  ];
  if (request.external > 0) scopes.push(['external', request.external]);
  return scopes;
}

export function usedIn(window: QuotaWindow, taken: TakenByHour): number {
  let sum = 0;
  for (const [hour, n] of Object.entries(taken)) if (isInWindow(window, Number(hour))) sum += n;
  return sum;
}

export function addTaken(taken: TakenByHour, hour: number, n: number): TakenByHour {
  const oldest = hour - HOURS_KEPT * HOUR_MS;
  const kept = Object.entries(taken).filter(([start, count]) => Number(start) > oldest && count > 0);
  const next: Record<string, number> = Object.fromEntries(kept);
  next[hour] = Math.max(0, (next[hour] ?? 0) + n);
  return next;
}

export interface Refused {
  readonly ok: false;
  /** Of several full scopes the first in the order tenant, account, app, external. */
  readonly scope: QuotaScope;
  /** It could not even into an empty window. */
  readonly tooLarge: boolean;
  /** When enough will have left the window. */
  readonly turnsAt: number;
}

/** Whether the request fits into every scope. */
export function fit(
  request: QuotaRequest,
  takenOf: (scope: QuotaScope) => TakenByHour,
  limits: ScopeLimits,
  window: QuotaWindow,
): { readonly ok: true } | Refused {
  for (const [scope, n] of scopesOf(request)) {
    const limit = usableOf(limits, scope, request.priority);
    if (limit === null) continue;
    const taken = takenOf(scope);
    if (usedIn(window, taken) + n <= limit) continue;
    return { ok: false, scope, tooLarge: n > limit, turnsAt: turnOf(taken, window, limit, n) };
  }
  return { ok: true };
}

/** When `n` fit under the limit because enough of what was taken has left the window. */
function turnOf(taken: TakenByHour, window: QuotaWindow, limit: number, n: number): number {
  let used = usedIn(window, taken);
  const hours = Object.keys(taken)
    .map(Number)
    .filter((hour) => isInWindow(window, hour))
    .toSorted((a, b) => a - b);
  for (const hour of hours) {
    used -= taken[hour] ?? 0;
    if (used + n <= limit) return leavesWindowAt(window, hour);
  }
  return window.endsAt;
}
