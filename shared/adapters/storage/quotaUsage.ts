import type { Calendar } from '../../core/calendarDay.ts';
import type { ScopeLimits, TakenByHour } from '../../core/quotaLedger.ts';
import { limitOf, usedIn } from '../../core/quotaLedger.ts';
import type { ScopeUsage } from '../../core/records.ts';
import type { QuotaScope } from '../../core/rooms.ts';
import type { QuotaWindow } from '../../core/window.ts';
import { HOUR_MS } from '../../core/window.ts';
import type { ScopeRow } from './quotaRows.ts';

/** The usage of every scope that has a row or is to be shown, by name; the tenant and external first. */
export function usageOf(
  rows: ReadonlyMap<QuotaScope, ScopeRow>,
  shown: readonly QuotaScope[],
  at: { readonly limits: ScopeLimits; readonly window: QuotaWindow; readonly calendar: Calendar },
): readonly ScopeUsage[] {
  const scopes = [...new Set([...shown, ...rows.keys()])].toSorted(byName);
  const midnight = at.calendar.startOf(at.window.day);
  return scopes.map((scope) => {
    const taken = rows.get(scope)?.taken ?? {};
    return {
      scope,
      limit: limitOf(at.limits, scope),
      used: usedIn(at.window, taken),
      // A counter has no leases: what is taken counts as used until it is given back.
      leased: 0,
      byHour: byHour(taken, midnight, at.window.hour),
    };
  });
}

/** What was taken in the hours that begin in [from, to). */
export function takenIn(taken: TakenByHour, from: number, to: number): number {
  let sum = 0;
  for (const [hour, n] of Object.entries(taken)) if (Number(hour) >= from && Number(hour) < to) sum += n;
  return sum;
}

/** From midnight to the current hour. Hours that were cut in another zone count where they begin. */
function byHour(taken: TakenByHour, midnight: number, currentHour: number): number[] {
  const hours = Math.max(0, Math.floor((currentHour - midnight) / HOUR_MS)) + 1;
  return Array.from({ length: hours }, (_, n) =>
    takenIn(taken, midnight + n * HOUR_MS, midnight + (n + 1) * HOUR_MS),
  );
}

function byName(a: QuotaScope, b: QuotaScope): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : 1);
}

function rankOf(scope: QuotaScope): number {
  return scope === 'tenant' ? 0 : scope === 'external' ? 1 : 2;
}
