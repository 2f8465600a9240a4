/**
 * Closing leases: one transaction that gives back to the scopes what was not used and deletes the leases' rows. By the
 * ETags only one can do it, their owner or a sweep, and only once.
 */
import type { Amounts } from '../core/lease.ts';
import { hourOfLease, unspentOf } from '../core/lease.ts';
import type { TakenByHour } from '../core/quotaLedger.ts';
import { addTaken } from '../core/quotaLedger.ts';
import type { QuotaScope } from '../core/rooms.ts';
import type { Chance, Clock, LeaseRow, Ledger, LedgerState, ScopeRow } from '../ports.ts';
import { Unavailable } from '../ports.ts';
import type { HeldLease, HeldLeases } from './heldLeases.ts';

/** Rejects with `Unavailable`; then they stay closing, and are closed by a later call or by the sweep. */
export type CloseLeases = (which: readonly HeldLease[]) => Promise<void>;

/** A lease that is to be closed, with what of it goes back. */
export interface Closing {
  readonly row: LeaseRow;
  readonly unspent: Amounts;
}

/** A transaction has 100 rows at most. */
const ROWS_AT_MOST = 100;
/** Others change the ledger at the same time: each time one of them gets on. */
const TRIES = 20;
const BACKOFF_MS = 20;
const BACKOFF_AT_MOST_MS = 1000;

/** Doubled with each conflict in a row; with jitter, or two instances would meet again. */
export function backoffMs(conflicts: number, random: number): number {
  return random * Math.min(BACKOFF_MS * 2 ** conflicts, BACKOFF_AT_MOST_MS);
}

/** Those from the front that one transaction can close. */
export function closeTogether(
  state: LedgerState,
  closings: readonly Closing[],
): { readonly scopes: ReadonlyMap<QuotaScope, ScopeRow>; readonly close: readonly LeaseRow[] } {
  const scopes = new Map<QuotaScope, ScopeRow>();
  const close: LeaseRow[] = [];
  for (const { row, unspent } of closings) {
    const back = [...unspent].filter(([scope, n]) => n > 0 && state.scopes.has(scope));
    const fresh = back.filter(([scope]) => !scopes.has(scope)).length;
    if (close.length > 0 && scopes.size + fresh + close.length + 1 > ROWS_AT_MOST) break;
    const hour = hourOfLease(row.lease.id);
    for (const [scope, n] of back) {
      const { taken, etag } = scopes.get(scope) ?? state.scopes.get(scope)!;
      scopes.set(scope, { taken: giveBack(taken, hour, n), etag });
    }
    close.push(row);
  }
  return { scopes, close };
}

/** Leaves the hour that it was taken in; an hour that is in no window any more stays gone. */
function giveBack(taken: TakenByHour, hour: number, n: number): TakenByHour {
  return taken[hour] === undefined ? taken : addTaken(taken, hour, -n);
}

export function makeCloseLeases(deps: {
  ledger: Ledger;
  held: HeldLeases;
  clock: Clock;
  chance: Chance;
}): CloseLeases {
  const { ledger, held, clock, chance } = deps;

  return async (which) => {
    for (const one of which) one.isClosing = true;
    for (let conflicts = 0; conflicts < TRIES;) {
      const state = await ledger.read();
      const closings: Closing[] = [];
      for (const one of which) {
        const row = state.leases.find(({ lease }) => lease.id === one.lease.id);
        // Closed already: by a try of ours whose answer was lost, or by the sweep.
        if (row === undefined) held.drop(one);
        else closings.push({ row, unspent: unspentOf(one.lease) });
      }
      if (closings.length === 0) return;
      const { scopes, close } = closeTogether(state, closings);
      if ((await ledger.write({ scopes, open: null, close })) !== null) continue;
      conflicts++;
      await clock.sleep(backoffMs(conflicts, chance.random()));
    }
    throw new Unavailable('the ledger', new Error(`others changed it at each of ${TRIES} tries`));
  };
}
