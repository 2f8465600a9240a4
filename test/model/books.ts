/**
 * What the rows charge, kept up with every write: by scope and hour, and by lease and scope.
 *
 * Left out are late claims: an instance that stood still wrote them when their lease had ended for so long that it may have
 * been counted and closed. Nothing can be sent on them any more; what becomes of them is on the record only.
 */
import type { Charge, Delivery } from '../../shared/core/delivery.ts';
import type { Amounts } from '../../shared/core/lease.ts';
import { amountsOf, hourOfLease } from '../../shared/core/lease.ts';
import { chargedSince, chargesOf } from '../../shared/core/charges.ts';
import type { QuotaScope } from '../../shared/core/rooms.ts';

export interface Late {
  readonly charge: Charge;
  readonly app: string;
}

export interface Books {
  /** The row charges what `after` says, no longer what `before` said. Resolves the leases that this concerns. */
  note(before: Delivery | null, after: Delivery): ReadonlySet<string>;
  onLease(lease: string): Amounts;
  inHour(scope: QuotaScope, hour: number): number;
  /** In which something was charged. */
  hoursOf(scope: QuotaScope): Iterable<number>;
  /** By the claim's token. */
  readonly late: ReadonlyMap<string, Late>;
  leaveOut(token: string, late: Late): void;
  /** A late claim that was counted all the same when its lease was closed. */
  takeIn(token: string): void;
}

const NOTHING: Amounts = new Map();

export function makeBooks(): Books {
  const byLease = new Map<string, Map<QuotaScope, number>>();
  const byHour = new Map<QuotaScope, Map<number, number>>();
  const late = new Map<string, Late>();

  function add(charge: Charge, app: string, sign: 1 | -1): void {
    const hour = hourOfLease(charge.lease);
    const lease = byLease.get(charge.lease) ?? new Map<QuotaScope, number>();
    byLease.set(charge.lease, lease);
    for (const [scope, n] of amountsOf(charge, app)) {
      lease.set(scope, (lease.get(scope) ?? 0) + sign * n);
      const hours = byHour.get(scope) ?? new Map<number, number>();
      byHour.set(scope, hours);
      hours.set(hour, (hours.get(hour) ?? 0) + sign * n);
    }
  }

  function takeIn(token: string): void {
    const { charge, app } = late.get(token)!;
    add(charge, app, 1);
    late.delete(token);
  }

  function leaveOut(token: string, one: Late): void {
    add(one.charge, one.app, -1);
    late.set(token, one);
  }

  return {
    late,
    takeIn,
    leaveOut,
    note(before, after) {
      const concerned = new Set<string>();
      if (before?.charges === after.charges && before?.claim === after.claim) return concerned;
      for (const [row, sign] of [[before, -1] as const, [after, 1] as const]) {
        if (row === null) continue;
        for (const charge of chargesOf(row)) {
          add(charge, row.app, sign);
          concerned.add(charge.lease);
        }
      }
      const token = before?.claim?.token;
      const one = token === undefined ? undefined : late.get(token);
      if (before && token !== undefined && one && after.claim?.token !== token) {
        takeIn(token);
        const charge = { ...one.charge, ...chargedSince(before, after, one.charge) };
        if (charge.recipients > 0) leaveOut(token, { ...one, charge });
      }
      return concerned;
    },
    onLease: (lease) => byLease.get(lease) ?? NOTHING,
    inHour: (scope, hour) => byHour.get(scope)?.get(hour) ?? 0,
    hoursOf: (scope) => byHour.get(scope)?.keys() ?? [],
  };
}
