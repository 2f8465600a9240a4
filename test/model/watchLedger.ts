/**
 * What must hold after every step, of the ledger and of what the rows charge to it:
 *
 *   quota   in every hour of every scope: what rows charge (claims included) ≤ what was taken
 *   lease   of every lease: what rows charge to it ≤ what it took; nothing begins to charge one that has ended for long
 *   limit   no take goes above a limit that was in force when it was decided
 *   exact   what a lease took stays taken as far as rows charge it, to the recipient, from its closing on for ever
 */
import type { Delivery } from '../../shared/core/delivery.ts';
import type { Lease } from '../../shared/core/lease.ts';
import { amountsOf, hourOfLease } from '../../shared/core/lease.ts';
import type { TakenByHour } from '../../shared/core/quotaLedger.ts';
import { HOURS_KEPT, limitOf, usedIn } from '../../shared/core/quotaLedger.ts';
import type { QuotaScope } from '../../shared/core/rooms.ts';
import { HOUR_MS } from '../../shared/core/window.ts';
import type { LedgerChange, ScopeRow } from '../../shared/ports.ts';
import type { AppLimits } from './appLimits.ts';
import { keepAppLimits } from './appLimits.ts';
import type { Books } from './books.ts';
import { makeBooks } from './books.ts';
import { acceptedSince, windowStart } from './watchLimits.ts';
import type { Instance, World } from './world.ts';
import { nameOf, violate } from './world.ts';

export interface LedgerWatch {
  readonly books: Books;
  rowWritten(before: Delivery | null, after: Delivery): void;
  /** The ledger has dropped that hour: nothing is known of it. */
  isDropped(scope: QuotaScope, hour: number): boolean;
}

/** What goes back to a scope's hour. */
type Back = Map<string, { readonly scope: QuotaScope; readonly hour: number; n: number }>;

export function watchLedger(world: World, current: () => Instance | null): LedgerWatch {
  const { ledger, time } = world;
  const books = makeBooks();
  const appLimits: AppLimits = keepAppLimits(world);
  const newestHour = new Map<QuotaScope, number>();

  const takenOf = (scope: QuotaScope): TakenByHour => ledger.scopes.get(scope)?.taken ?? {};

  function isDropped(scope: QuotaScope, hour: number): boolean {
    const newest = newestHour.get(scope);
    // A scope of which nothing was taken for so long has no row any more.
    const isIdle = !ledger.scopes.has(scope) && hour + HOURS_KEPT * HOUR_MS <= time.now;
    if (isIdle) return true;
    return newest !== undefined && hour <= newest - HOURS_KEPT * HOUR_MS;
  }

  function checkHour(scope: QuotaScope, hour: number): void {
    const taken = takenOf(scope)[hour] ?? 0;
    const charged = books.inHour(scope, hour);
    if (charged <= taken || isDropped(scope, hour)) return;
    const at = new Date(hour).toISOString();
    violate(world, 'quota', `${scope}: rows charge ${charged} in the hour of ${at}, ${taken} are taken`);
  }

  function checkLease(id: string): void {
    const lease = ledger.leases.get(id)?.lease;
    for (const [scope, n] of books.onLease(id)) {
      checkHour(scope, hourOfLease(id));
      const taken = lease?.taken.get(scope) ?? 0;
      if (lease && n > taken) {
        violate(world, 'lease', `${scope}: rows charge ${n} to the lease ${id}, which took ${taken}`);
      }
    }
  }

  function checkTake(lease: Lease): void {
    const { limits, windows } = world.rulesOf.get(lease.instance)!;
    const window = windows(lease.takenAt);
    for (const [scope, n] of lease.taken) {
      const inForce = { ...limits, app: (name: string) => appLimits.highestOf(name, lease.takenAt) };
      const limit = limitOf(inForce, scope);
      if (limit === null) continue;
      const used = usedIn(window, takenOf(scope));
      if (used > limit) violate(world, 'limit', `${scope}: ${used} taken of ${limit}`);
      const accepted = acceptedSince(world, scope, windowStart(world, lease));
      if (accepted + n <= limit) continue;
      violate(world, 'day', `${scope}: ${n} taken of ${limit}, where ${accepted} were accepted`);
    }
  }

  /** What is free of the change's leases, if these late claims count. */
  function freeOf({ open, close }: LedgerChange, counted: readonly string[]): Back {
    const back: Back = new Map();
    const put = (lease: string, scope: QuotaScope, n: number): void => {
      const hour = hourOfLease(lease);
      const key = `${hour} ${scope}`;
      const before = back.get(key)?.n ?? 0;
      back.set(key, { scope, hour, n: before + n });
    };
    for (const [scope, n] of open?.taken ?? []) put(open!.id, scope, -n);
    for (const { lease } of close) {
      const charged = books.onLease(lease.id);
      for (const [scope, n] of lease.taken) put(lease.id, scope, n - (charged.get(scope) ?? 0));
    }
    for (const token of counted) {
      const { charge, app } = books.late.get(token)!;
      for (const [scope, n] of amountsOf(charge, app)) put(charge.lease, scope, -n);
    }
    return back;
  }

  /** Null: it goes back exactly. */
  function wrongBack(
    change: LedgerChange,
    before: ReadonlyMap<QuotaScope, ScopeRow>,
    back: Back,
  ): string | null {
    for (const { scope, hour, n } of back.values()) {
      if (isDropped(scope, hour)) continue;
      const is = takenOf(scope)[hour] ?? 0;
      const given = (before.has(scope) ? (before.get(scope)!.taken[hour] ?? 0) : is) - is;
      if (given === n) continue;
      const leases = [change.open?.id, ...change.close.map(({ lease }) => lease.id)].join(' ');
      return `${scope}: ${given} go back where ${n} are free, with ${leases}`;
    }
    return null;
  }

  /** Whether a late claim was counted is by chance; all else goes back exactly. */
  function checkChange(change: LedgerChange, before: ReadonlyMap<QuotaScope, ScopeRow>): void {
    const closed = new Set(change.close.map(({ lease }) => lease.id));
    const late = [...books.late].flatMap(([token, { charge }]) => (closed.has(charge.lease) ? [token] : []));
    let wrong: string | null = null;
    for (let mask = 0; mask < 2 ** late.length; mask++) {
      const counted = late.filter((_token, n) => mask & (1 << n));
      wrong = wrongBack(change, before, freeOf(change, counted));
      if (wrong === null) return counted.forEach((token) => books.takeIn(token));
    }
    if (wrong !== null) violate(world, 'exact', wrong);
  }

  ledger.watch = (change, before) => {
    world.count.ledgerChanges++;
    for (const scope of change.scopes.keys()) {
      const hours = Object.keys(takenOf(scope)).map(Number);
      newestHour.set(scope, Math.max(newestHour.get(scope) ?? -Infinity, ...hours));
    }
    checkChange(change, before);
    if (change.open) checkTake(change.open);
    for (const scope of change.scopes.keys()) {
      for (const hour of Object.keys(before.get(scope)?.taken ?? {})) checkHour(scope, Number(hour));
    }
  };

  /** The claim of an instance that stood still may come when its lease has been over for so long that it was counted. */
  function isLate(lease: Lease | undefined): boolean {
    const settledAt = (lease?.endsAt ?? -Infinity) + world.rules.durations.leaseSettled;
    return settledAt - 2 * world.profile.skewMs <= time.now;
  }

  return {
    books,
    isDropped,
    rowWritten(before, after) {
      const concerned = books.note(before, after);
      const { claim, app } = after;
      if (claim && claim.token !== before?.claim?.token) {
        const { lease } = claim.charge;
        const standing = ledger.leases.get(lease)?.lease;
        const writer = current();
        if (isLate(standing) && writer?.wasFrozen) {
          world.count.lateClaims++;
          books.leaveOut(claim.token, { charge: claim.charge, app });
        } else if (isLate(standing)) {
          const text = `${nameOf(after)} is claimed on the lease ${lease}, which is ${standing ? 'over' : 'closed'}`;
          violate(world, 'lease', `${text}, by ${writer?.name ?? 'nobody'}`);
        }
      }
      for (const id of concerned) checkLease(id);
    },
  };
}
