/** What of the quota is used, by scope and hour, from the ledger's rows (pure). */
import type { Calendar } from './calendarDay.ts';
import type { Amounts, Lease } from './lease.ts';
import { hourOfLease, unspentOf } from './lease.ts';
import type { ScopeLimits, TakenByHour } from './quotaLedger.ts';
import { limitOf, usedIn } from './quotaLedger.ts';
import type { ScopeUsage } from './records.ts';
import type { QuotaScope } from './rooms.ts';
import type { QuotaWindow } from './window.ts';
import { HOUR_MS } from './window.ts';

export interface UsageFacts {
  readonly taken: ReadonlyMap<QuotaScope, TakenByHour>;
  readonly leases: readonly Lease[];
  /** Listed though nothing was taken of them yet. */
  readonly shown: readonly QuotaScope[];
  readonly limits: ScopeLimits;
  readonly window: QuotaWindow;
  readonly calendar: Calendar;
}

/** The tenant and external first, then by name. What a lease has not spent counts as leased, not as used. */
export function usageOf({ taken, leases, shown, limits, window, calendar }: UsageFacts): ScopeUsage[] {
  const unspent = leases.map((lease) => ({ hour: hourOfLease(lease.id), amounts: unspentOf(lease) }));
  const midnight = calendar.startOf(window.day);
  return [...new Set([...shown, ...taken.keys()])].toSorted(byName).map((scope) => {
    const all = taken.get(scope) ?? {};
    const leased = Object.fromEntries(sumByHour(unspent, scope));
    const inLeases = usedIn(window, leased);
    return {
      scope,
      limit: limitOf(limits, scope),
      used: Math.max(0, usedIn(window, all) - inLeases),
      leased: inLeases,
      byHour: byHour(midnight, window.hour, (from, to) => takenIn(all, from, to) - takenIn(leased, from, to)),
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

/** From midnight to the current hour. Hours that were cut in another zone count where they begin. */
function byHour(
  midnight: number,
  currentHour: number,
  count: (from: number, to: number) => number,
): number[] {
  const hours = Math.max(0, Math.floor((currentHour - midnight) / HOUR_MS)) + 1;
  return Array.from({ length: hours }, (_, n) =>
    Math.max(0, count(midnight + n * HOUR_MS, midnight + (n + 1) * HOUR_MS)),
  );
}

function byName(a: QuotaScope, b: QuotaScope): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : 1);
}

function rankOf(scope: QuotaScope): number {
  return scope === 'tenant' ? 0 : scope === 'external' ? 1 : 2;
}
