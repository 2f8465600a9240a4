/**
 * The leases that this instance holds, in memory: reserving from them costs nothing.
 *
 *   open ──(nothing on it is unresolved, and it has ended, is idle or used up)──► closing ──► gone
 *
 * From the moment it is closing nothing is reserved from a lease: the transaction that gives its rest back may land long
 * after its answer was lost. A reservation that nobody settles (its claim's write got no answer) keeps its lease from
 * being closed here; the sweep closes it by what the rows say.
 */
import type { Spend } from '../core/charges.ts';
import type { Charge } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import type { Amounts, Lease } from '../core/lease.ts';
import { addAmounts, amountsOf, chargeOn, covers, isUrgentEnough, unspentOf } from '../core/lease.ts';
import type { Priority } from '../core/message.ts';
import type { QuotaRequest } from '../core/quotaLedger.ts';
import type { QuotaScope } from '../core/rooms.ts';
import type { Clock } from '../ports.ts';

export interface Granted {
  readonly ok: true;
  readonly charge: Charge;
  /** The point of no return must come before: at most 10 minutes away, never past the charge's hour. */
  readonly endsAt: number;
  /** Once, when the row stands that says what it still charges of it; the rest goes back. Later calls are ignored. */
  settle(spent: Spend): void;
}

export interface HeldLease {
  /** With what was spent. */
  lease: Lease;
  /** Null: not known, the ledger must be read. */
  etag: string | null;
  /** The least urgent mail that may spend it. */
  readonly openTo: Priority;
  /** Reservations that were not settled. */
  unresolved: number;
  /** Monotonic. */
  usedAt: number;
  isClosing: boolean;
  /** What the ledger's row says was spent. */
  noted: Amounts;
}

export type HeldLeases = ReturnType<typeof makeHeldLeases>;

export function makeHeldLeases({ clock, durations }: { clock: Clock; durations: Durations }) {
  const all = new Set<HeldLease>();

  /** One that ends soon is spent only where a new one would end no later, in the last minute of an hour. */
  function isUsable({ lease, isClosing }: HeldLease, now: number, newEndsAt: number): boolean {
    return !isClosing && lease.endsAt - now >= Math.min(durations.leaseRest, newEndsAt - now);
  }

  function grant(one: HeldLease, request: QuotaRequest): Granted {
    const charge = chargeOn(one.lease.id, request);
    const taken = amountsOf(charge, request.app);
    one.lease = { ...one.lease, spent: addAmounts(one.lease.spent, taken) };
    one.unresolved++;
    one.usedAt = clock.monotonic();
    let isSettled = false;
    return {
      ok: true,
      charge,
      endsAt: one.lease.endsAt,
      settle({ recipients, external }) {
        if (isSettled) return;
        isSettled = true;
        one.unresolved--;
        const back = {
          ...charge,
          recipients: charge.recipients - recipients,
          external: charge.external - external,
        };
        // As a rule all is spent: then nothing has changed that the ledger would have to be told.
        if (back.recipients === 0 && back.external === 0) return;
        one.lease = { ...one.lease, spent: addAmounts(one.lease.spent, amountsOf(back, request.app), -1) };
      },
    };
  }

  return {
    /** From the lease that ends first, of those that have enough of every scope; null: none has. */
    reserve(request: QuotaRequest, newEndsAt: number): Granted | null {
      const now = clock.now();
      const needed = amountsOf(request, request.app);
      for (const one of all) {
        if (!isUsable(one, now, newEndsAt) || !isUrgentEnough(request.priority, one.openTo)) continue;
        if (covers(one.lease.taken, one.lease.spent, needed)) return grant(one, request);
      }
      return null;
    },

    /** A lease that was taken for the requests, and whose row says that these are spent. */
    add(lease: Lease, etag: string | null, openTo: Priority, requests: readonly QuotaRequest[]): Granted[] {
      const one: HeldLease = {
        lease: { ...lease, spent: new Map() },
        etag,
        openTo,
        unresolved: 0,
        usedAt: clock.monotonic(),
        isClosing: false,
        noted: lease.spent,
      };
      all.add(one);
      const granted = requests.map((request) => grant(one, request));
      one.noted = one.lease.spent;
      return granted;
    },

    /** Nothing on them is unresolved. `evenInUse`: whether or not they may still be spent. */
    closable(evenInUse: boolean): HeldLease[] {
      const now = clock.now();
      const idleSince = clock.monotonic() - durations.leaseIdle;
      return [...all].filter((one) => {
        if (one.unresolved > 0) return false;
        const isUsedUp = !hasMore(one.lease, 'tenant');
        return evenInUse || one.isClosing || isUsedUp || one.lease.endsAt <= now || one.usedAt <= idleSince;
      });
    },

    /** Those that stand, and of which the ledger does not say what was spent. */
    unnoted(): HeldLease[] {
      return [...all].filter(({ lease, isClosing, noted }) => !isClosing && noted !== lease.spent);
    },

    /** Closed, or left to the sweep. */
    drop(one: HeldLease): void {
      all.delete(one);
    },

    /** Whoever holds a reservation on them will never tell. */
    dropForgotten(): void {
      const now = clock.now();
      for (const one of all) {
        if (one.lease.endsAt + 2 * (durations.claim + durations.margin) <= now) all.delete(one);
      }
    },

    /** What mail of the priority may still spend of a lease; null: nothing, or it is not this instance's. */
    stockOf(id: string, priority: Priority): Amounts | null {
      const one = [...all].find(({ lease }) => lease.id === id);
      const isOpen = one && !one.isClosing && one.lease.endsAt > clock.now();
      return isOpen && isUrgentEnough(priority, one.openTo) ? unspentOf(one.lease) : null;
    },

    /** A lease as its row says; of this instance's own it knows better what was spent. */
    current(lease: Lease): Lease {
      return [...all].find((one) => one.lease.id === lease.id)?.lease ?? lease;
    },

    isEmpty: () => all.size === 0,
  };
}

function hasMore(lease: Lease, scope: QuotaScope): boolean {
  return (unspentOf(lease).get(scope) ?? 0) > 0;
}
