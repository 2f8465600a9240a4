/** What a day's report says, counted from the rows of the record. Pure but for the rows' source. */
import type { Delivery } from './delivery.ts';
import type { ScopeLimits } from './quotaLedger.ts';
import { hourOfCharge } from './lease.ts';
import { limitOf } from './quotaLedger.ts';
import type { DayReport } from './records.ts';
import { isQuotaScope } from './rooms.ts';

export interface DayBounds {
  readonly from: number;
  readonly to: number;
  readonly limits: ScopeLimits;
  /** What the ledger says was taken in the day's hours, by scope. */
  readonly ledger: Readonly<Record<string, number>>;
}

export async function countDay(
  rows: AsyncIterable<Delivery>,
  { from, to, limits, ledger }: DayBounds,
): Promise<Pick<DayReport, 'messages' | 'byStatus' | 'scopes' | 'accepted' | 'unknownSpends'>> {
  const isOfDay = (at: number): boolean => at >= from && at < to;
  const byScope = new Map<string, number>([
    ['tenant', 0],
    ['external', 0],
  ]);
  const byStatus: Record<string, number> = {};
  const messages = new Set<string>();
  let accepted = 0;
  let unknownSpends = 0;
  for await (const delivery of rows) {
    if (isOfDay(delivery.createdAt)) {
      messages.add(delivery.id);
      byStatus[delivery.status] = (byStatus[delivery.status] ?? 0) + 1;
    }
    for (const { status, at } of delivery.recipients) {
      if (status === 'accepted' && at !== null && isOfDay(at)) accepted++;
    }
    const all = delivery.claim ? [...delivery.charges, delivery.claim.charge] : delivery.charges;
    const charges = all.filter((charge) => isOfDay(hourOfCharge(charge)));
    if (charges.length > 0) unknownSpends += delivery.unknownSpends;
    for (const { account, recipients, external } of charges) {
      const spent: [string, number][] = [
        ['tenant', recipients],
        ['external', external],
        [`account:${account}`, recipients],
        [`app:${delivery.app}`, recipients],
      ];
      for (const [scope, n] of spent) byScope.set(scope, (byScope.get(scope) ?? 0) + n);
    }
  }
  const scopes = [...new Set([...byScope.keys(), ...Object.keys(ledger)])].map((scope) => ({
    scope,
    limit: isQuotaScope(scope) ? limitOf(limits, scope) : null,
    recipients: byScope.get(scope) ?? 0,
    ledger: ledger[scope] ?? 0,
  }));
  return { messages: messages.size, byStatus, scopes, accepted, unknownSpends };
}
