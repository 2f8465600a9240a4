/**
 * The quota's usage: of the window that is open now, of a day that was closed, and day by day.
 *
 * The open window is read anew for each who asks (those who ask at once share it), since what other instances spend may
 * be 15 s old in the ledger already. Only what waits, and how the last days went, is remembered for a while.
 */
import type { Calendar } from '../core/calendarDay.ts';
import { addDays, previousDay } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import type { PastDay } from '../core/forecast.ts';
import { reachesLimitAt } from '../core/forecast.ts';
import type { DayReport } from '../core/records.ts';
import type { QuotaScope } from '../core/rooms.ts';
import type { Cost } from '../core/usageView.ts';
import { costUsd } from '../core/usageView.ts';
import type { QuotaWindow } from '../core/window.ts';
import type { Clock, Days, WaitingRooms } from '../ports.ts';
import type { ClosedDays } from './closedDays.ts';
import { makeClosedDays } from './closedDays.ts';
import type { Quota } from './quota.ts';
import { makeWaitingCounts } from './waitingCounts.ts';

export interface UsageView {
  readonly window: {
    readonly kind: 'calendar' | 'rolling';
    /** Today in the zone. */
    readonly day: string;
    readonly timeZone: string;
    /** When the first hour of `byHour` began: midnight, or 25 hours before the current hour. */
    readonly startsAt: string;
    /** When something becomes free by itself: the day's end, or the current hour's. */
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
    /** `used` by the hours of the window, the current one last. */
    readonly byHour: readonly number[];
    /** When the limit will be reached; null: not in this window, or in the next 24 hours of a rolling one. */
    readonly forecast: { readonly reachedAt: string | null };
  }[];
  /** Of what the tenant used in the window. */
  readonly cost: Cost;
}

export interface UsageReader extends ClosedDays {
  /** Today in the zone of the window. */
  day(): string;
  today(): Promise<UsageView>;
}

/** How a closed day went. */
interface Curves {
  readonly day: string;
  readonly byScope: ReadonlyMap<string, readonly number[]>;
}

/** The forecast goes by so many of the last closed days. */
const PAST_DAYS = 7;
/** A day is closed once a day. */
const PAST_MEMORY_MS = 10 * 60_000;

export function makeUsageReader(deps: {
  quota: Quota;
  rooms: WaitingRooms;
  days: Days;
  windows: (now: number) => QuotaWindow;
  calendar: Calendar;
  pricePerMillionUsd: number;
  clock: Clock;
  durations: Durations;
}): UsageReader {
  const { quota, days, windows, calendar, pricePerMillionUsd, clock } = deps;
  const waitingCounts = makeWaitingCounts(deps);
  const { timeZone } = calendar;
  let reading: Promise<UsageView> | null = null;
  let past: { readonly today: string; readonly at: number; readonly curves: readonly Curves[] } | null = null;

  /** Yesterday may not be closed yet: then the day before the last seven stands in for it. */
  async function pastCurves(today: string): Promise<readonly Curves[]> {
    const at = clock.monotonic();
    if (past?.today === today && at - past.at <= PAST_MEMORY_MS) return past.curves;
    const curves: Curves[] = [];
    for await (const report of days.reports(addDays(today, -PAST_DAYS - 1), previousDay(today))) {
      if (curves.length < PAST_DAYS && hasCurves(report, timeZone)) curves.push(curvesOf(report));
    }
    past = { today, at, curves };
    return curves;
  }

  async function read(): Promise<UsageView> {
    const [usage, waiting] = await Promise.all([quota.usage(), waitingCounts.read()]);
    const now = clock.now();
    const window = windows(now);
    const curves = await pastCurves(window.day);
    const midnight = calendar.startOf(window.day);
    const scopes = usage.map(({ scope, limit, used, leased, byHour }) => {
      const facts = { limit, used, waiting: waiting.get(scope) ?? 0, byHour };
      const reachedAt = reachesLimitAt({ ...facts, past: pastOf(curves, scope), window, midnight, now });
      return {
        scope,
        limit,
        used,
        leased,
        remaining: limit === null ? null : Math.max(0, limit - used - leased),
        waiting: facts.waiting,
        byHour,
        forecast: { reachedAt: reachedAt === null ? null : new Date(reachedAt).toISOString() },
      };
    });
    const tenant = usage.find((one) => one.scope === 'tenant')?.used ?? 0;
    return {
      window: {
        kind: window.kind,
        day: window.day,
        timeZone,
        startsAt: new Date(window.startsAt).toISOString(),
        endsAt: new Date(window.endsAt).toISOString(),
      },
      scopes,
      cost: { currency: 'USD', amount: costUsd(tenant, pricePerMillionUsd) },
    };
  }

  return {
    ...makeClosedDays(deps),
    day: () => windows(clock.now()).day,
    async today() {
      reading ??= read().finally(() => (reading = null));
      return reading;
    },
  };
}

/** Of the same zone, and by a version that noted them: the tenant's is always there. */
function hasCurves({ scopes, timeZone }: DayReport, zone: string): boolean {
  return timeZone === zone && scopes[0]?.byHour !== undefined;
}

function curvesOf({ day, scopes }: DayReport): Curves {
  return { day, byScope: new Map(scopes.map(({ scope, byHour = [] }) => [scope, byHour])) };
}

function pastOf(curves: readonly Curves[], scope: QuotaScope): PastDay[] {
  return curves.map(({ day, byScope }) => ({ day, byHour: byScope.get(scope) ?? [] }));
}
