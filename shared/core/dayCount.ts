/** What a day's report says, counted from the rows of the record. Pure but for the rows' source. */
import { chargesOf } from './charges.ts';
import type { Delivery, DeliveryRecipient } from './delivery.ts';
import { openRecipients } from './delivery.ts';
import type { Failed } from './failureCount.ts';
import { makeFailureCount } from './failureCount.ts';
import { amountsOf, hourOfCharge } from './lease.ts';
import type { ScopeLimits } from './quotaLedger.ts';
import { limitOf } from './quotaLedger.ts';
import { byScope } from './quotaUsage.ts';
import type { AppOfDay, DayReport, ScopeOfDay } from './records.ts';
import { isQuotaScope } from './rooms.ts';
import { HOUR_MS } from './window.ts';

/** Milliseconds since the epoch: the day's first instant, and the first one of the next. */
export interface DayBounds {
  readonly from: number;
  readonly to: number;
}

type Counted = 'messages' | 'byStatus' | 'accepted' | 'unknownSpends' | 'failed' | 'unknown' | 'held';

export interface DayCount extends Required<Pick<DayReport, Counted | 'failures' | 'apps'>> {
  /** Recipients charged in each hour of the day, by scope; of each scope that was charged at all. */
  readonly byHour: ReadonlyMap<string, readonly number[]>;
  /** Recipients whose outcome was unknown, or still is, by scope: an upper bound. */
  readonly unknownBy: ReadonlyMap<string, number>;
}

export async function countDay(rows: AsyncIterable<Delivery>, { from, to }: DayBounds): Promise<DayCount> {
  const isOfDay = (at: number): boolean => at >= from && at < to;
  const hours = Math.ceil((to - from) / HOUR_MS);
  const byHour = new Map<string, number[]>();
  const unknownBy = new Map<string, number>();
  const byStatus: Record<string, number> = {};
  const messages = new Set<string>();
  const failures = makeFailureCount();
  const apps = new Map<string, AppTally>();
  const sum = { accepted: 0, failed: 0, unknown: 0, held: 0, unknownSpends: 0 };

  function spend(scope: string, hour: number, n: number): void {
    if (n === 0) return;
    const curve = byHour.get(scope) ?? Array<number>(hours).fill(0);
    curve[Math.floor((hour - from) / HOUR_MS)]! += n;
    byHour.set(scope, curve);
  }

  function tallyOf(app: string): AppTally {
    const tally = apps.get(app) ?? { app, messages: 0, accepted: 0, failed: 0, unknown: 0 };
    apps.set(app, tally);
    return tally;
  }

  for await (const delivery of rows) {
    const { id, app, status } = delivery;
    if (isOfDay(delivery.createdAt)) {
      if (!messages.has(id)) tallyOf(app).messages++;
      messages.add(id);
      byStatus[status] = (byStatus[status] ?? 0) + 1;
    }
    for (const outcome of ['accepted', 'failed', 'unknown'] as const) {
      const n = endedSo(delivery, outcome).filter(({ at }) => isOfDay(at ?? delivery.updatedAt)).length;
      if (n === 0) continue;
      sum[outcome] += n;
      tallyOf(app)[outcome] += n;
    }
    if (status === 'held' && isOfDay(delivery.updatedAt)) sum.held += openRecipients(delivery).length;
    for (const failure of failuresOf(delivery, isOfDay)) failures.add(failure);
    const charges = chargesOf(delivery).filter((charge) => isOfDay(hourOfCharge(charge)));
    // Of all its attempts: they are an upper bound, and must never be too few.
    if (charges.length > 0) sum.unknownSpends += delivery.unknownSpends;
    const unknown = delivery.unknownSpends + (delivery.claim?.charge.recipients ?? 0);
    for (const scope of new Set(charges.flatMap((charge) => [...amountsOf(charge, app).keys()]))) {
      if (unknown > 0) unknownBy.set(scope, (unknownBy.get(scope) ?? 0) + unknown);
    }
    for (const charge of charges) {
      for (const [scope, n] of amountsOf(charge, app)) spend(scope, hourOfCharge(charge), n);
    }
  }
  return {
    messages: messages.size,
    byStatus,
    ...sum,
    failures: failures.result(),
    apps: [...apps.values()].toSorted(byRecipients),
    byHour,
    unknownBy,
  };
}

type AppTally = { -readonly [Field in keyof AppOfDay]: AppOfDay[Field] };

/** Who was canceled has not failed: it was meant so. */
function endedSo(delivery: Delivery, status: 'accepted' | 'failed' | 'unknown'): DeliveryRecipient[] {
  if (status === 'failed' && delivery.status === 'canceled') return [];
  return delivery.recipients.filter((recipient) => recipient.status === status);
}

const NOT_VALID = {
  cause: 'rejected: the message was not valid',
  remedy: 'correct the app that sends it, as the problems of the message say',
} as const;

/** By the replies of the delivery: most of them concern many of its recipients. */
function failuresOf(delivery: Delivery, isOfDay: (at: number) => boolean): Failed[] {
  const { id: messageId, app, status, createdAt, updatedAt } = delivery;
  if (status === 'rejected' && delivery.recipients.length === 0) {
    return isOfDay(createdAt) ? [{ messageId, app, ...NOT_VALID, recipients: 0 }] : [];
  }
  const byReply = new Map<number | null, number>();
  for (const { reply, at } of endedSo(delivery, 'failed')) {
    if (isOfDay(at ?? updatedAt)) byReply.set(reply, (byReply.get(reply) ?? 0) + 1);
  }
  return [...byReply].map(([reply, recipients]) => {
    const note = reply === null ? null : (delivery.replies[reply] ?? null);
    const cause = note?.cause ?? note?.text ?? 'no cause was noted';
    return { messageId, app, cause, remedy: note?.remedy ?? 'look at the reply', recipients };
  });
}

function byRecipients(a: AppOfDay, b: AppOfDay): number {
  return recipientsOf(b) - recipientsOf(a) || b.messages - a.messages || (a.app < b.app ? -1 : 1);
}

function recipientsOf({ accepted, failed, unknown }: AppOfDay): number {
  return accepted + failed + unknown;
}

/**
 * The tenant, external and whatever else was used that day, the record beside the ledger. `ledger`: taken in the day's hours, by
 * scope; null: it has lost some of them.
 */
export function scopesOfDay(
  { byHour, unknownBy }: Pick<DayCount, 'byHour' | 'unknownBy'>,
  ledger: Readonly<Record<string, number>> | null,
  limits: ScopeLimits,
): ScopeOfDay[] {
  const taken = Object.entries(ledger ?? {}).flatMap(([scope, n]) => (n > 0 ? [scope] : []));
  const names = new Set(['tenant', 'external', ...byHour.keys(), ...taken]);
  function lineOf(scope: string): ScopeOfDay {
    const curve = byHour.get(scope) ?? [];
    const recipients = curve.reduce((sum, n) => sum + n, 0);
    const took = ledger && (ledger[scope] ?? 0);
    const limit = isQuotaScope(scope) ? limitOf(limits, scope) : null;
    const line: ScopeOfDay = { scope, limit, recipients, ledger: took, byHour: curve };
    if (took === null || recipients <= took) return line;
    const unknownSpends = unknownBy.get(scope) ?? 0;
    return { ...line, unknownSpends };
  }
  return [...names].toSorted(byScope).map((scope) => lineOf(scope));
}

/** The record charges more than was ever taken, and no unknown outcome accounts for it. */
export function isOvercharged({ recipients, ledger, unknownSpends = 0 }: ScopeOfDay): boolean {
  return ledger !== null && recipients - ledger > unknownSpends;
}
