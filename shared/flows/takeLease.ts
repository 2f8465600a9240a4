/**
 * One take from the ledger for several callers: decided one by one in their order, written in one transaction that inserts
 * the lease and adds it to the scopes' rows by their ETags: all or nothing.
 *
 * The ledger is read only when it must be: at first, after a conflict, and before anybody is refused, since what is
 * remembered may be old. Before a refusal the instance also closes its own leases that nobody uses, and asks once more.
 * No answer: the lease may stand without an owner. It is not used, and the sweep closes it.
 */
import type { Durations } from '../core/durations.ts';
import type { Fitting } from '../core/fitAll.ts';
import { fitAll } from '../core/fitAll.ts';
import type { Lease } from '../core/lease.ts';
import { leastUrgent, makeLeaseId, unspentOf } from '../core/lease.ts';
import { blockFor, openTo } from '../core/leaseBlock.ts';
import type { QuotaRequest, Refused, TakenByHour } from '../core/quotaLedger.ts';
import { addTaken } from '../core/quotaLedger.ts';
import type { QuotaScope } from '../core/rooms.ts';
import { appsOf } from '../core/rooms.ts';
import type { QuotaWindow } from '../core/window.ts';
import { HOUR_MS } from '../core/window.ts';
import type { Chance, Clock, Ledger, LedgerState, ScopeRow } from '../ports.ts';
import type { CloseLeases } from './closeLeases.ts';
import type { Demand } from './demand.ts';
import type { Granted, HeldLeases } from './heldLeases.ts';
import type { Limits } from './limits.ts';

export type Reservation = Granted | Refused;

/** The answers; who has none must be decided anew, since others changed the ledger. Rejects with `Unavailable`. */
export type TakeLease = (batch: readonly QuotaRequest[]) => Promise<ReadonlyMap<QuotaRequest, Reservation>>;

/** A transaction has 100 rows at most, the lease's own among them. */
export const SCOPES_AT_MOST = 90;

export function makeTakeLease(deps: {
  ledger: Ledger;
  held: HeldLeases;
  closeLeases: CloseLeases;
  demand: Demand;
  windows: (now: number) => QuotaWindow;
  limits: Limits;
  instance: string;
  clock: Clock;
  chance: Chance;
  durations: Durations;
}): TakeLease {
  const { ledger, held, closeLeases, demand, windows, limits, instance, clock, chance, durations } = deps;
  let known: LedgerState | null = null;

  const rowOf = (scope: QuotaScope): ScopeRow => known?.scopes.get(scope) ?? { taken: {}, etag: null };
  const takenOf = (scope: QuotaScope): TakenByHour => rowOf(scope).taken;

  return async (batch) => {
    const wanted = demand.lately().slice(0, SCOPES_AT_MOST);
    const apps = [...batch.map(({ app }) => app), ...appsOf(wanted)];
    // The time first: what is decided by goes no further back than where the lease begins, however long the reading takes.
    let now = clock.now();
    let window = windows(now);
    let inForce = await limits.of(apps);

    const decide = (): Fitting => fitAll(batch, takenOf, inForce, window);

    async function readAndDecide(): Promise<Fitting> {
      known = await ledger.read();
      now = clock.now();
      window = windows(now);
      inForce = await limits.of(apps);
      return decide();
    }

    const isRemembered = known !== null;
    let decision = isRemembered ? decide() : await readAndDecide();
    if (decision.refused.size > 0 && isRemembered) decision = await readAndDecide();
    const full = [...decision.refused.values()].flatMap(({ tooLarge, scope }) => (tooLarge ? [] : [scope]));
    if (full.length > 0) {
      const unused = held.closable(true).filter(({ lease }) => hasAnyOf(lease, full));
      if (unused.length > 0) {
        await closeLeases(unused);
        decision = await readAndDecide();
      }
    }
    const { granted, refused, needed } = decision;
    if (granted.length === 0) return refused;

    const facts = {
      limits: inForce,
      window,
      takenOf,
      askedOf: demand.of,
      holders: holdersOf(known, instance, now),
      priority: leastUrgent(granted.map(({ priority }) => priority)),
    };
    const block = blockFor(needed, wanted.slice(0, SCOPES_AT_MOST - needed.size), facts);
    const isOpenTo = openTo(block, facts);
    const lease: Lease = {
      id: makeLeaseId(window.hour, chance.bytes),
      instance,
      takenAt: now,
      endsAt: endOfLease(now, window, durations),
      taken: block,
      spent: needed,
    };
    const next = [...block].map(([scope, n]): [QuotaScope, ScopeRow] => {
      const { taken, etag } = rowOf(scope);
      return [scope, { taken: addTaken(taken, window.hour, n), etag }];
    });
    const before = known;
    known = null;
    const written = await ledger.write({ scopes: new Map(next), open: lease, close: [] });
    if (written === null) return new Map();
    if (before !== null && written.scopes !== null) {
      known = { leases: before.leases, scopes: new Map([...before.scopes, ...written.scopes]) };
    }
    const grants = held.add(lease, written.leaseEtag, isOpenTo, granted);
    return new Map<QuotaRequest, Reservation>([
      ...refused,
      ...grants.map((grant, n) => [granted[n]!, grant] as const),
    ]);
  };
}

/** Never past its hour, so that a row's charge names the one hour that it was taken in. */
export function endOfLease(now: number, window: QuotaWindow, durations: Durations): number {
  return Math.min(now + durations.lease, window.hour + HOUR_MS, window.endsAt);
}

/** Whether closing it would make room in one of the scopes. */
function hasAnyOf(lease: Lease, scopes: readonly QuotaScope[]): boolean {
  const unspent = unspentOf(lease);
  return scopes.some((scope) => (unspent.get(scope) ?? 0) > 0);
}

function holdersOf(state: LedgerState | null, instance: string, now: number): number {
  const living = (state?.leases ?? []).filter(({ lease }) => lease.endsAt > now);
  return new Set([instance, ...living.map(({ lease }) => lease.instance)]).size;
}
