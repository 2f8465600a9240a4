/** The quota's usage: of the window that is open now, or of a day that was closed. At most 15 s old. */
import type { Durations } from '../core/durations.ts';
import type { DayReport, ScopeUsage } from '../core/records.ts';
import { quotaRoom } from '../core/rooms.ts';
import { HOUR_MS } from '../core/window.ts';
import type { QuotaWindow } from '../core/window.ts';
import type { Clock, Days, WaitingRooms } from '../ports.ts';
import type { Quota } from './quota.ts';

export interface UsageView {
  readonly window: {
    readonly kind: 'calendar' | 'rolling';
    readonly day: string;
    readonly timeZone: string;
    readonly endsAt: string;
  };
  readonly scopes: readonly {
    readonly scope: string;
    readonly limit: number | null;
    readonly used: number;
    readonly leased: number;
    readonly remaining: number | null;
    /** Recipients in the scope's room. */
    readonly waiting: number;
    readonly byHour: readonly number[];
    /** When the limit is reached if it goes on as in the current hour and the one before; null: not in this window. */
    readonly forecast: { readonly reachedAt: string | null };
  }[];
  readonly cost: { readonly currency: 'USD'; readonly amount: number };
}

export interface UsageReader {
  today(): Promise<UsageView>;
  closedDay(day: string): Promise<DayReport | null>;
}

export function makeUsageReader(deps: {
  quota: Quota;
  rooms: WaitingRooms;
  days: Days;
  windows: (now: number) => QuotaWindow;
  timeZone: string;
  pricePerMillionUsd: number;
  clock: Clock;
  durations: Durations;
}): UsageReader {
  const { quota, rooms, days, windows, timeZone, pricePerMillionUsd, clock, durations } = deps;
  let known: { readonly at: number; readonly view: Promise<UsageView> } | null = null;

  async function waitingIn(scope: ScopeUsage['scope']): Promise<number> {
    let waiting = 0;
    for await (const { row } of rooms.walk(quotaRoom(scope))) {
      waiting += scope === 'external' ? row.external : row.recipients;
    }
    return waiting;
  }

  async function read(): Promise<UsageView> {
    const now = clock.now();
    const window = windows(now);
    const usage = await quota.usage();
    const scopes = await Promise.all(
      usage.map(async ({ scope, limit, used, leased, byHour }) => ({
        scope,
        limit,
        used,
        leased,
        remaining: limit === null ? null : Math.max(0, limit - used - leased),
        waiting: await waitingIn(scope),
        byHour,
        forecast: { reachedAt: reachedAt(limit, used, byHour, window, now) },
      })),
    );
    const tenant = usage.find((one) => one.scope === 'tenant')?.used ?? 0;
    return {
      window: { kind: window.kind, day: window.day, timeZone, endsAt: new Date(window.endsAt).toISOString() },
      scopes,
      cost: { currency: 'USD', amount: Math.round(tenant * pricePerMillionUsd) / 1e6 },
    };
  }

  return {
    async today() {
      const at = clock.monotonic();
      if (!known || at - known.at > durations.usageMemory) {
        const view = read();
        known = { at, view };
        view.catch(() => (known = null));
      }
      return known.view;
    },
    closedDay: (day) => days.readReport(day),
  };
}

/** A straight line from the hour before and the current one. */
function reachedAt(
  limit: number | null,
  used: number,
  byHour: readonly number[],
  window: QuotaWindow,
  now: number,
): string | null {
  if (limit === null) return null;
  if (used >= limit) return new Date(now).toISOString();
  const sinceMs = now - window.hour + (byHour.length > 1 ? HOUR_MS : 0);
  const lately = byHour.slice(-2).reduce((sum, n) => sum + n, 0);
  if (lately === 0 || sinceMs <= 0) return null;
  const at = now + ((limit - used) / lately) * sinceMs;
  return at < window.endsAt ? new Date(at).toISOString() : null;
}
