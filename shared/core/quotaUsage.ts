/** What of the quota is used, by scope and hour, from the ledger's rows (pure). */
import type { Amounts, Lease } from './lease.ts';
import { hourOfLease, unspentOf } from './lease.ts';
import type { ScopeLimits, TakenByHour } from './quotaLedger.ts';
import { limitOf, usedIn } from './quotaLedger.ts';
import type { ScopeUsage } from './records.ts';
import type { QuotaScope } from './rooms.ts';
import type { QuotaWindow } from './window.ts';
import { HOUR_MS, isInWindow } from './window.ts';

export interface UsageFacts {
  readonly taken: ReadonlyMap<QuotaScope, TakenByHour>;
  readonly leases: readonly Lease[];
  /** Listed though nothing was taken of them yet. */
  readonly shown: readonly QuotaScope[];
  readonly limits: ScopeLimits;
  readonly window: QuotaWindow;
}

/** In the order of `byScope`. What a lease has not spent counts as leased, not as used. */
export function usageOf({ taken, leases, shown, limits, window }: UsageFacts): ScopeUsage[] {
  const unspent = leases.map((lease) => ({ hour: hourOfLease(lease.id), amounts: unspentOf(lease) }));
  return [...new Set([...shown, ...taken.keys()])].toSorted(byScope).map((scope) => {
    const all = taken.get(scope) ?? {};
    const leased = Object.fromEntries(sumByHour(unspent, scope));
    const inLeases = usedIn(window, leased);
    return {
      scope,
      limit: limitOf(limits, scope),
      used: Math.max(0, usedIn(window, all) - inLeases),
      leased: inLeases,
      byHour: byHour(window, all, leased),
    };
  });
}

function sumByHour(
  unspent: readonly { readonly hour: number; readonly amounts: Amounts }[],
  scope: QuotaScope,
): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { hour, amounts } of unspent) sums.set(hour, (sums.get(hour) ?? 0) + (amounts.get(scope) ?? 0));
  return sums;
}

/** What was taken in the hours that begin in [from, to). */
export function takenIn(taken: TakenByHour, from: number, to: number): number {
  let sum = 0;
  for (const [hour, n] of Object.entries(taken)) if (Number(hour) >= from && Number(hour) < to) sum += n;
  return sum;
}

/**
 * From the window's first hour (midnight, or 25 hours before the current one) to the current hour. Whatever counts in the
 * window has a place: hours that were cut in another zone stand where they begin, at its edges in the first and last one.
 */
function byHour(window: QuotaWindow, taken: TakenByHour, leased: TakenByHour): number[] {
  const last = Math.max(0, Math.floor((window.hour - window.startsAt) / HOUR_MS));
  const hours = Array<number>(last + 1).fill(0);
  const add = (amounts: TakenByHour, sign: 1 | -1): void => {
    for (const [start, n] of Object.entries(amounts)) {
      if (!isInWindow(window, Number(start))) continue;
      const place = Math.floor((Number(start) - window.startsAt) / HOUR_MS);
      hours[Math.min(last, Math.max(0, place))]! += sign * n;
    }
  };
  add(taken, 1);
  add(leased, -1);
  return hours.map((n) => Math.max(0, n));
}

/** The tenant and external first, then by name. */
export function byScope(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : 1);
}

function rankOf(scope: string): number {
  return scope === 'tenant' ? 0 : scope === 'external' ? 1 : 2;
}
