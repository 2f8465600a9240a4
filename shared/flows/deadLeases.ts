/**
 * Leases whose owner did not close them: it died, or never heard what became of a claim. The sweep closes them by the record.
 *
 *   ended, with margin ── a claim on a row names it ──► that claim is taken over once it has ended; the lease is left
 *                     └── none does ──► closed: used is what the rows charge to it, unknown included
 *
 * No row can begin to charge a lease that has ended so long ago, and what a row charges falls only with a claim: so the count
 * stands. Counted are the rows of every day touched since 12 minutes before the lease was taken, whatever day their
 * messages are of. What may repeat: all of it, on many instances at once.
 */
import type { Charge, Delivery } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import type { Amounts } from '../core/lease.ts';
import { addAmounts, amountsOf, unspentOf } from '../core/lease.ts';
import type { Chance, Clock, Days, LeaseRow, Ledger, Log, MessageStore, StoredDelivery } from '../ports.ts';
import { backoffMs, closeTogether } from './closeLeases.ts';
import { makeReplacer } from './rowWriter.ts';
import { tell } from './tell.ts';
import type { TakeOver } from './takeOver.ts';

/** How many were closed. */
export type CloseDeadLeases = () => Promise<number>;

/** Others change the ledger at the same time; the next sweep goes on. */
const CONFLICTS_AT_MOST = 5;

export function makeCloseDeadLeases(deps: {
  ledger: Ledger;
  store: MessageStore;
  days: Days;
  takeOver: TakeOver;
  clock: Clock;
  chance: Chance;
  durations: Durations;
  log: Log;
}): CloseDeadLeases {
  const { ledger, store, days, takeOver, clock, chance, durations, log } = deps;

  async function* rowsSince(takenAt: number): AsyncGenerator<StoredDelivery> {
    for (const { value } of await days.touched()) {
      if (value.touchedAt >= takenAt - durations.touchSettled) yield* store.scanDay(value.day);
    }
  }

  /**
   * What the rows charge to each of the leases; null: a claim still names it. `failures`: claims that could not be taken over; they
   * hold up no other lease than their own.
   */
  async function countUse(
    dead: readonly LeaseRow[],
  ): Promise<{ readonly use: Map<string, Amounts | null>; readonly failures: readonly unknown[] }> {
    const use = new Map<string, Amounts | null>(dead.map(({ lease }) => [lease.id, new Map()]));
    const failures: unknown[] = [];
    const takenAt = Math.min(...dead.map(({ lease }) => lease.takenAt));
    for await (const { delivery, etag } of rowsSince(takenAt)) {
      for (const charge of delivery.charges) add(use, charge, delivery);
      const { claim } = delivery;
      if (!claim || !use.has(claim.charge.lease)) continue;
      // Taken over now or later: what it charges then is counted by the next sweep.
      use.set(claim.charge.lease, null);
      try {
        await takeOver(delivery, claim, makeReplacer(store, delivery, etag));
      } catch (error) {
        failures.push(error);
      }
    }
    return { use, failures };
  }

  /** Until those that can be closed are. */
  async function close(use: ReadonlyMap<string, Amounts | null>): Promise<number> {
    let closed = 0;
    for (let conflicts = 0; conflicts < CONFLICTS_AT_MOST;) {
      const state = await ledger.read();
      const closings = state.leases.flatMap((row) => {
        const spent = use.get(row.lease.id);
        return spent ? [{ row, unspent: unspentOf({ taken: row.lease.taken, spent }) }] : [];
      });
      if (closings.length === 0) break;
      const together = closeTogether(state, closings);
      if ((await ledger.write({ ...together, open: null })) === null) {
        await clock.sleep(backoffMs(++conflicts, chance.random()));
        continue;
      }
      for (const { lease } of together.close) {
        report(lease.id, lease.instance, use.get(lease.id)!, lease.taken);
      }
      closed += together.close.length;
    }
    return closed;
  }

  return async () => {
    const { leases } = await ledger.read();
    const endedBy = clock.now() - durations.leaseSettled;
    const dead = leases.filter(({ lease }) => lease.endsAt <= endedBy);
    if (dead.length === 0) return 0;
    const { use, failures } = await countUse(dead);
    const closed = await close(use);
    if (failures.length > 0) {
      throw new AggregateError(failures, `${failures.length} claims that ended could not be taken over`);
    }
    return closed;
  };

  function report(id: string, instance: string, spent: Amounts, taken: Amounts): void {
    const [used = 0, of = 0] = [spent.get('tenant'), taken.get('tenant')];
    log(
      'warn',
      `the lease ${id} of an instance that ended is closed: ${used} of ${of} recipients were used`,
      {
        lease: id,
        instance,
        used,
        taken: of,
      },
    );
    const over = [...spent].find(([scope, n]) => n > (taken.get(scope) ?? 0));
    if (!over) return;
    const what = `the record charges ${over[1]} recipients of ${over[0]} to the lease ${id}, which took ${taken.get(over[0]) ?? 0}`;
    tell(log, 'error', `defect: ${what}`, { signal: 'defect', what });
  }
}

function add(use: Map<string, Amounts | null>, charge: Charge, { app }: Delivery): void {
  const before = use.get(charge.lease);
  if (before) use.set(charge.lease, addAmounts(before, amountsOf(charge, app)));
}
