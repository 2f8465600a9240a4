/**
 * One change of the ledger for several callers: decided one by one in their order, written in one transaction.
 *
 * The rows are remembered with their ETags, so that without other instances a change is one operation. A refusal is only
 * ever told by rows read for it: what is remembered may be old.
 * A conflict or a lost answer: the rows are read and say whether it was done (quotaRows.ts). As long as they stand unchanged the
 * very same transaction is sent again, since the lost one may still land: of the two only one can. If they do not tell any
 * more, takes are decided anew and give-backs are not: both only leave quota unused.
 */
import type { Charge } from '../../core/delivery.ts';
import type { QuotaRequest, ScopeLimits, TakenByHour } from '../../core/quotaLedger.ts';
import { addTaken, chargeOf, fit, scopesOf } from '../../core/quotaLedger.ts';
import type { QuotaScope } from '../../core/rooms.ts';
import type { QuotaWindow } from '../../core/window.ts';
import { HOUR_MS } from '../../core/window.ts';
import type { Chance, Clock, Reservation } from '../../ports.ts';
import { pause } from './pause.ts';
import type { Fate, ScopeRow } from './quotaRows.ts';
import { changeOf, fateOf, readScopeRows, rowAfter } from './quotaRows.ts';
import type { TableRows } from './tableRows.ts';

/** What a caller wants: to take (`charge` null), or to give a charge back. */
export interface Wish {
  readonly request: QuotaRequest;
  readonly charge: Charge | null;
}

interface QuotaChangeDeps {
  readonly table: TableRows;
  readonly windows: (now: number) => QuotaWindow;
  readonly limits: () => ScopeLimits;
  readonly spendWithinMs: number;
  readonly clock: Clock;
  readonly chance: Chance;
}

interface Decision<W> {
  readonly wish: W;
  readonly reservation: Reservation;
  /** What the scopes say after it. */
  readonly changes: readonly (readonly [QuotaScope, TakenByHour])[];
}

/** How often the same transaction is sent while no answer comes; each time the SDK has tried for up to 10 s. */
const SENT_AT_MOST = 3;
const SEND_AGAIN_WITHIN_MS = 500;

export function makeQuotaChange(deps: QuotaChangeDeps) {
  const { table, windows, limits, spendWithinMs, clock, chance } = deps;
  const known = new Map<QuotaScope, ScopeRow>();

  async function readAnew(scopes: readonly QuotaScope[]): Promise<void> {
    const rows = await readScopeRows(table, scopes);
    for (const scope of scopes) known.set(scope, rows.get(scope)!);
  }

  function decide<W extends Wish>(batch: readonly W[]): Decision<W>[] {
    const now = clock.now();
    const window = windows(now);
    const endsAt = Math.min(now + spendWithinMs, window.hour + HOUR_MS, window.endsAt);
    const inForce = limits();
    const working = new Map<QuotaScope, TakenByHour>();
    const takenOf = (scope: QuotaScope): TakenByHour => working.get(scope) ?? known.get(scope)!.taken;
    return batch.map((wish): Decision<W> => {
      const { request, charge } = wish;
      const fits = charge === null ? fit(request, takenOf, inForce, window) : { fits: true as const };
      if (!fits.fits) {
        const { scope, tooLarge, turnsAt } = fits;
        return { wish, reservation: { ok: false, scope, tooLarge, turnsAt }, changes: [] };
      }
      // What is given back leaves the hour that it was taken in.
      const hour = charge === null ? window.hour : Number(charge.lease);
      const sign = charge === null ? 1 : -1;
      const changes = scopesOf(request).map(([scope, n]) => {
        const next = addTaken(takenOf(scope), hour, sign * n);
        working.set(scope, next);
        return [scope, next] as const;
      });
      const reservation = { ok: true, charge: charge ?? chargeOf(request, hour), endsAt } as const;
      return { wish, reservation, changes };
    });
  }

  async function write(taken: ReadonlyMap<QuotaScope, TakenByHour>): Promise<Fate> {
    const token = table.newToken();
    const scopes = [...taken.keys()];
    const before = new Map(scopes.map((scope) => [scope, known.get(scope)!]));
    const after = scopes.map((scope) => rowAfter(before.get(scope)!, taken.get(scope)!, token));
    const changes = after.map((row, n) => changeOf(scopes[n]!, row));
    for (let sentTimes = 1; ; sentTimes++) {
      const sent = await table.transact(changes, token);
      if (sent.done) {
        for (const [n, row] of after.entries()) known.set(scopes[n]!, { ...row, etag: sent.etags[n]! });
        return 'done';
      }
      await readAnew(scopes);
      const isUnchanged = scopes.every((scope) => known.get(scope)!.etag === before.get(scope)!.etag);
      if (!isUnchanged) return fateOf(token, before, known);
      if (sentTimes === SENT_AT_MOST) throw sent.error;
      await pause(chance.random() * SEND_AGAIN_WITHIN_MS);
    }
  }

  return {
    /** The answers; who has none must be decided anew. Throws `Unavailable`. */
    async changeTogether<W extends Wish>(batch: readonly W[]): Promise<ReadonlyMap<W, Reservation>> {
      const scopes = scopesOfAll(batch);
      const isRemembered = scopes.every((scope) => known.has(scope));
      if (!isRemembered) await readAnew(scopes);
      let decisions = decide(batch);
      if (isRemembered && decisions.some(({ reservation }) => !reservation.ok)) {
        await readAnew(scopes);
        decisions = decide(batch);
      }
      const taken = new Map(decisions.flatMap(({ changes }) => changes));
      const fate = taken.size === 0 ? 'done' : await write(taken);
      const told = decisions.filter(
        ({ wish }) => fate === 'done' || (fate === 'unknown' && wish.charge !== null),
      );
      return new Map(told.map(({ wish, reservation }) => [wish, reservation]));
    },

    /** After a failure what is remembered may be wrong. */
    forget(batch: readonly Wish[]): void {
      for (const scope of scopesOfAll(batch)) known.delete(scope);
    },
  };
}

function scopesOfAll(batch: readonly Wish[]): QuotaScope[] {
  return [...new Set(batch.flatMap(({ request }) => scopesOf(request).map(([scope]) => scope)))];
}
