/**
 * The quota of an instance: reservations from its leases, which it takes from the ledger that all instances share.
 *
 * Invariant, for every scope: Σ spent ≤ Σ taken ≤ limit, whatever dies, repeats or comes late.
 *   What a lease has is in the ledger's rows before anything of it is spent, and what goes back goes back once.
 *   A reservation is spent until it is settled: whoever dies with one leaves it to the sweep (deadLeases.ts).
 * One take is in flight; who comes meanwhile waits, and is served from what it brings or by the next one.
 */
import type { Durations } from '../core/durations.ts';
import { hourOfLease } from '../core/lease.ts';
import type { QuotaRequest, Refused, TakenByHour } from '../core/quotaLedger.ts';
import { addTaken, fit, scopesOf } from '../core/quotaLedger.ts';
import { takenIn, usageOf } from '../core/quotaUsage.ts';
import type { ScopeUsage } from '../core/records.ts';
import type { QuotaScope } from '../core/rooms.ts';
import { appsOf } from '../core/rooms.ts';
import type { QuotaWindow } from '../core/window.ts';
import type { Background, Chance, Clock, Ledger, Log } from '../ports.ts';
import { Unavailable } from '../ports.ts';
import { backoffMs, makeCloseLeases } from './closeLeases.ts';
import { makeDemand } from './demand.ts';
import { makeHeldLeases } from './heldLeases.ts';
import type { Limits } from './limits.ts';
import type { Reservation } from './takeLease.ts';
import { endOfLease, makeTakeLease, SCOPES_AT_MOST } from './takeLease.ts';

export interface Quota {
  /** All scopes or none. Rejects with `Unavailable` where the ledger cannot be changed. */
  reserve(request: QuotaRequest): Promise<Reservation>;
  /** Why a request would be refused now; null: it would not. Nothing is taken. */
  look(request: QuotaRequest): Promise<Refused | null>;
  /** Of the open window. At most 15 s old where other instances spend. */
  usage(): Promise<readonly ScopeUsage[]>;
  /** What was taken in the hours that begin in [from, to), by scope; null: some of it is still leased. */
  takenBetween(from: number, to: number): Promise<Readonly<Record<string, number>> | null>;
  /** Gives back what the instance's leases have left, as far as nothing on them is unresolved. */
  close(): Promise<void>;
}

interface Caller {
  readonly request: QuotaRequest;
  /** Monotonic. */
  readonly since: number;
  readonly resolve: (reservation: Reservation) => void;
  readonly reject: (error: unknown) => void;
}

/** Others changed the ledger at each try for so long: the caller's item comes back later. */
const GIVE_UP_AFTER_MS = 30_000;

export function makeQuota(deps: {
  ledger: Ledger;
  windows: (now: number) => QuotaWindow;
  limits: Limits;
  /** Listed in the usage though nothing was taken of them yet. */
  shownScopes: readonly QuotaScope[];
  instance: string;
  clock: Clock;
  chance: Chance;
  background: Background;
  durations: Durations;
  log: Log;
}): Quota {
  const { ledger, windows, limits, shownScopes, clock, chance, background, durations, log } = deps;
  const held = makeHeldLeases(deps);
  const demand = makeDemand(deps);
  const closeLeases = makeCloseLeases({ ...deps, held });
  const takeLease = makeTakeLease({ ...deps, held, demand, closeLeases });
  const waiting: Caller[] = [];
  let isTaking = false;
  let stopTending: (() => void) | null = null;

  function fromHeld(request: QuotaRequest): Reservation | null {
    const now = clock.now();
    return held.reserve(request, endOfLease(now, windows(now), durations));
  }

  async function takeForAll(): Promise<void> {
    isTaking = true;
    for (let conflicts = 0; waiting.length > 0;) {
      const again = await serve(nextBatch());
      waiting.unshift(...again.filter((caller) => !givesUp(caller)));
      conflicts = again.length > 0 ? conflicts + 1 : 0;
      if (conflicts > 0) await clock.sleep(backoffMs(conflicts, chance.random()));
    }
    isTaking = false;
  }

  /** The callers from the front whose scopes fit into one lease. */
  function nextBatch(): Caller[] {
    const scopes = new Set<QuotaScope>();
    let count = 0;
    for (const { request } of waiting) {
      for (const [scope] of scopesOf(request)) scopes.add(scope);
      if (count > 0 && scopes.size > SCOPES_AT_MOST) break;
      count++;
    }
    return waiting.splice(0, count);
  }

  /** Tells the callers their answers, but those it returns: they must be decided anew. Never rejects. */
  async function serve(batch: readonly Caller[]): Promise<readonly Caller[]> {
    try {
      // The lease before may have brought enough for them.
      const rest = batch.filter((caller) => {
        const granted = fromHeld(caller.request);
        if (granted) caller.resolve(granted);
        return !granted;
      });
      if (rest.length === 0) return [];
      const answers = await takeLease(rest.map(({ request }) => request));
      tend();
      for (const { request, resolve } of rest) {
        const reservation = answers.get(request);
        if (reservation) resolve(reservation);
      }
      return rest.filter(({ request }) => !answers.has(request));
    } catch (error) {
      for (const caller of batch) caller.reject(error);
      return [];
    }
  }

  function givesUp(caller: Caller): boolean {
    if (clock.monotonic() - caller.since < GIVE_UP_AFTER_MS) return false;
    const cause = `others changed it at every try for ${GIVE_UP_AFTER_MS / 1000} s`;
    caller.reject(new Unavailable('the ledger', new Error(cause)));
    return true;
  }

  /** As long as leases are held, they are seen to. */
  function tend(): void {
    stopTending ??= background.every(durations.leaseTend, async () => {
      try {
        await seeToLeases();
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        log('warn', `the leases of the quota could not be seen to, it is tried again: ${words}`);
      }
      if (held.isEmpty() && stopTending) {
        stopTending();
        stopTending = null;
      }
    });
  }

  async function seeToLeases(): Promise<void> {
    held.dropForgotten();
    const closable = held.closable(false);
    if (closable.length > 0) await closeLeases(closable);
    for (const one of held.unnoted()) {
      const { lease } = one;
      if (one.etag === null)
        one.etag = (await ledger.read()).leases.find((row) => row.lease.id === lease.id)?.etag ?? null;
      if (one.etag === null) continue;
      const { etag } = one;
      one.etag = null;
      one.etag = await ledger.noteSpent(lease, etag);
      if (one.etag !== null) one.noted = lease.spent;
    }
  }

  return {
    async reserve(request) {
      demand.note(request);
      const granted = fromHeld(request);
      if (granted) return granted;
      return new Promise((resolve, reject) => {
        // A copy: answers are told apart by the object, and a caller may use one again and again.
        waiting.push({ request: { ...request }, since: clock.monotonic(), resolve, reject });
        if (!isTaking) void takeForAll();
      });
    },

    async look(request) {
      const { scopes, leases } = await ledger.read();
      const now = clock.now();
      const window = windows(now);
      // What this instance holds and has not spent is there for it.
      const own = leases.flatMap(({ lease }) => {
        const stock = held.stockOf(lease.id, request.priority);
        return stock ? [{ hour: hourOfLease(lease.id), stock }] : [];
      });
      const takenOf = (scope: QuotaScope): TakenByHour =>
        own.reduce(
          (taken, { hour, stock }) => addTaken(taken, hour, -(stock.get(scope) ?? 0)),
          scopes.get(scope)?.taken ?? {},
        );
      const answer = fit(request, takenOf, await limits.of([request.app]), window);
      return answer.ok ? null : answer;
    },

    async usage() {
      const { scopes, leases } = await ledger.read();
      return usageOf({
        taken: new Map([...scopes].map(([scope, { taken }]) => [scope, taken])),
        leases: leases.map(({ lease }) => held.current(lease)),
        shown: shownScopes,
        limits: await limits.of(appsOf(scopes.keys())),
        window: windows(clock.now()),
      });
    },

    async takenBetween(from, to) {
      const { scopes, leases } = await ledger.read();
      const isOfThem = (hour: number): boolean => hour >= from && hour < to;
      if (leases.some(({ lease }) => isOfThem(hourOfLease(lease.id)))) return null;
      return Object.fromEntries([...scopes].map(([scope, { taken }]) => [scope, takenIn(taken, from, to)]));
    },

    async close() {
      stopTending?.();
      const closable = held.closable(true);
      if (closable.length > 0) await closeLeases(closable);
    },
  };
}
