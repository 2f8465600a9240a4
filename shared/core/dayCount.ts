/** What a day's report says, counted from the rows of the record. Pure but for the rows' source. */
import { chargesOf } from './charges.ts';
import type { Delivery } from './delivery.ts';
import { amountsOf, hourOfCharge } from './lease.ts';
import type { ScopeLimits } from './quotaLedger.ts';
import { limitOf } from './quotaLedger.ts';
import { byScope } from './quotaUsage.ts';
import type { DayReport, ScopeOfDay } from './records.ts';
import { isQuotaScope } from './rooms.ts';
import { HOUR_MS } from './window.ts';

/** Milliseconds since the epoch: the day's first instant, and the first one of the next. */
export interface DayBounds {
  readonly from: number;
  readonly to: number;
}

export interface DayCount extends Pick<DayReport, 'messages' | 'byStatus' | 'accepted' | 'unknownSpends'> {
  /** Recipients charged in each hour of the day, by scope; of each scope that was charged at all. */
  readonly byHour: ReadonlyMap<string, readonly number[]>;
}

export async function countDay(rows: AsyncIterable<Delivery>, { from, to }: DayBounds): Promise<DayCount> {
  const isOfDay = (at: number): boolean => at >= from && at < to;
  const hours = Math.ceil((to - from) / HOUR_MS);
  const byHour = new Map<string, number[]>();
  const byStatus: Record<string, number> = {};
  const messages = new Set<string>();
  let accepted = 0;
  let unknownSpends = 0;

  function spend(scope: string, hour: number, n: number): void {
    if (n === 0) return;
    const curve = byHour.get(scope) ?? Array<number>(hours).fill(0);
    curve[Math.floor((hour - from) / HOUR_MS)]! += n;
    byHour.set(scope, curve);
  }

  for await (const delivery of rows) {
    if (isOfDay(delivery.createdAt)) {
      messages.add(delivery.id);
      byStatus[delivery.status] = (byStatus[delivery.status] ?? 0) + 1;
    }
    for (const { status, at } of delivery.recipients) {
      if (status === 'accepted' && at !== null && isOfDay(at)) accepted++;
    }
    const charges = chargesOf(delivery).filter((charge) => isOfDay(hourOfCharge(charge)));
    // Of all its attempts: they are an upper bound, and must never be too few.
    if (charges.length > 0) unknownSpends += delivery.unknownSpends;
    for (const charge of charges) {
      for (const [scope, n] of amountsOf(charge, delivery.app)) spend(scope, hourOfCharge(charge), n);
    }
  }
  return { messages: messages.size, byStatus, accepted, unknownSpends, byHour };
}

/**
 * The tenant, external and whatever else was used that day, the record beside the ledger. `ledger`: taken in the day's hours, by
 * scope; null: it has lost some of them.
 */
export function scopesOfDay(
  byHour: DayCount['byHour'],
  ledger: Readonly<Record<string, number>> | null,
  limits: ScopeLimits,
): ScopeOfDay[] {
  const taken = Object.entries(ledger ?? {}).flatMap(([scope, n]) => (n > 0 ? [scope] : []));
  const names = new Set(['tenant', 'external', ...byHour.keys(), ...taken]);
  return [...names].toSorted(byScope).map((scope) => {
    const curve = byHour.get(scope) ?? [];
    return {
      scope,
      limit: isQuotaScope(scope) ? limitOf(limits, scope) : null,
      recipients: curve.reduce((sum, n) => sum + n, 0),
      ledger: ledger && (ledger[scope] ?? 0),
      byHour: curve,
    };
  });
}
