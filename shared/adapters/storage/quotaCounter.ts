/**
 * The quota as a counter by compare-and-swap: what was taken of each scope in each hour, changed in one transaction over all
 * the scopes of the callers.
 *
 * Invariant: Σ taken over a window ≤ limit, whatever dies, repeats or comes late; Σ spent ≤ Σ taken.
 *   One transaction is in flight per instance. Who comes meanwhile is served together in the next one, in their order.
 *   On a conflict all of them are decided anew (quotaChange.ts), until they have waited for 30 s.
 * What can be lost: quota that was taken by an instance that died before a row charged it. It comes back with the window.
 */
import type { Calendar } from '../../core/calendarDay.ts';
import type { Charge } from '../../core/delivery.ts';
import type { QuotaRequest, ScopeLimits } from '../../core/quotaLedger.ts';
import { scopesOf } from '../../core/quotaLedger.ts';
import type { QuotaScope } from '../../core/rooms.ts';
import type { QuotaWindow } from '../../core/window.ts';
import type { Chance, Clock, QuotaPort, Reservation } from '../../ports.ts';
import { Unavailable } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { pause } from './pause.ts';
import type { Wish } from './quotaChange.ts';
import { makeQuotaChange } from './quotaChange.ts';
import { readScopeRows } from './quotaRows.ts';
import { takenIn, usageOf } from './quotaUsage.ts';

export interface QuotaCounterDeps {
  readonly storage: StorageAccess;
  readonly windows: (now: number) => QuotaWindow;
  readonly calendar: Calendar;
  /** Asked at every take: limits may change. */
  readonly limits: () => ScopeLimits;
  /** How long a reservation may be spent: at most 10 minutes, as a lowered limit holds only after that. */
  readonly spendWithinMs: number;
  /** Shown in the usage though nothing was taken of them yet. Default: the tenant and external. */
  readonly shownScopes?: () => readonly QuotaScope[];
  readonly clock: Clock;
  readonly chance: Chance;
}

interface Caller extends Wish {
  /** Monotonic. */
  readonly sinceMs: number;
  readonly resolve: (reservation: Reservation) => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction changes 100 rows at most. */
const SCOPES_AT_MOST = 90;
/** Then the caller is told that the ledger did not answer: its item comes back later. */
const GIVE_UP_AFTER_MS = 30_000;
/** After a conflict, doubled with each one in a row; with jitter, or two instances would meet again. */
const BACKOFF_MS = 20;
const BACKOFF_AT_MOST_MS = 1000;

/**
 * `reserve` and `giveBack` reject with `Unavailable` where the ledger cannot be changed. A give-back that rejected may have
 * been done all the same: it must not be repeated, and what is lost by that is only quota that stays unused.
 */
export function makeQuotaCounter(deps: QuotaCounterDeps): QuotaPort {
  const { windows, limits, clock, chance } = deps;
  const table = deps.storage.table('quota');
  const { changeTogether, forget } = makeQuotaChange({ ...deps, table });
  const waiting: Caller[] = [];
  let isRunning = false;

  async function join(request: QuotaRequest, charge: Charge | null): Promise<Reservation> {
    return new Promise((resolve, reject) => {
      waiting.push({ request, charge, sinceMs: clock.monotonic(), resolve, reject });
      if (!isRunning) void run();
    });
  }

  async function run(): Promise<void> {
    isRunning = true;
    for (let conflicts = 0; waiting.length > 0;) {
      const again = await serve(nextBatch());
      waiting.unshift(...again.filter((caller) => !givesUp(caller)));
      conflicts = again.length > 0 ? conflicts + 1 : 0;
      if (conflicts > 0) {
        await pause(chance.random() * Math.min(BACKOFF_MS * 2 ** conflicts, BACKOFF_AT_MOST_MS));
      }
    }
    isRunning = false;
  }

  /** The callers from the front whose scopes fit into one transaction. */
  function nextBatch(): Caller[] {
    const scopes = new Set<QuotaScope>();
    let count = 0;
    for (const { request } of waiting) {
      for (const [scope] of scopesOf(request)) scopes.add(scope);
      if (scopes.size > SCOPES_AT_MOST) break;
      count++;
    }
    return waiting.splice(0, count);
  }

  /** Tells the callers their answers, but those it returns: they must be decided anew. */
  async function serve(batch: readonly Caller[]): Promise<readonly Caller[]> {
    try {
      const answers = await changeTogether(batch);
      for (const [caller, reservation] of answers) caller.resolve(reservation);
      return batch.filter((caller) => !answers.has(caller));
    } catch (error) {
      forget(batch);
      for (const caller of batch) caller.reject(error);
      return [];
    }
  }

  function givesUp(caller: Caller): boolean {
    if (clock.monotonic() - caller.sinceMs < GIVE_UP_AFTER_MS) return false;
    const cause = `other instances changed the ledger at every try for ${GIVE_UP_AFTER_MS / 1000} s`;
    caller.reject(new Unavailable(`table ${table.name}`, new Error(cause)));
    return true;
  }

  return {
    async reserve(request) {
      return join(request, null);
    },
    async giveBack(charge, app) {
      if (charge.recipients === 0 && charge.external === 0) return;
      const { recipients, external, account } = charge;
      await join({ recipients, external, account, app, priority: 'critical' }, charge);
    },
    async usage(now) {
      const rows = await readScopeRows(table, 'all');
      const shown = deps.shownScopes?.() ?? ['tenant', 'external'];
      return usageOf(rows, shown, { limits: limits(), window: windows(now), calendar: deps.calendar });
    },
    async takenBetween(from, to) {
      const rows = await readScopeRows(table, 'all');
      return Object.fromEntries([...rows].map(([scope, row]) => [scope, takenIn(row.taken, from, to)]));
    },
  };
}
