/**
 * How much a take takes (pure). What the callers need is taken exactly; on top comes a stock, so that the next ones need no
 * take: as much as was asked for in the last minute, which doubles a growing rate's block with each take.
 *
 * Near the limit the stock vanishes: it is never more than the share of what is left that leaves as much to every
 * instance that holds leases, and to whoever comes next. So the last recipient of a limit can be used.
 */
import type { Priority } from './message.ts';
import type { Amounts } from './lease.ts';
import type { ScopeLimits, TakenByHour } from './quotaLedger.ts';
import { usableOf, usedIn } from './quotaLedger.ts';
import type { QuotaScope } from './rooms.ts';
import type { QuotaWindow } from './window.ts';

/** Before anything is known of the rate: some deliveries of the largest size. */
const FIRST_STOCK = 250;
/** However much is asked for: it is what a dead instance leaves unused until the sweep. */
const STOCK_AT_MOST = 20_000;

export interface BlockFacts {
  readonly limits: ScopeLimits;
  readonly window: QuotaWindow;
  readonly takenOf: (scope: QuotaScope) => TakenByHour;
  /** Recipients asked for in the last minute. */
  readonly askedOf: (scope: QuotaScope) => number;
  /** Instances that hold leases, this one included. */
  readonly holders: number;
  /** The least urgent priority among the callers: the stock keeps to what that may use. */
  readonly priority: Priority;
}

/** `needed` with the stock, and a stock of what else is `wanted` these days: so that one lease serves every app and account. */
export function blockFor(needed: Amounts, wanted: readonly QuotaScope[], facts: BlockFacts): Amounts {
  const block = new Map<QuotaScope, number>();
  for (const scope of new Set([...needed.keys(), ...wanted])) {
    const n = needed.get(scope) ?? 0;
    const taken = n + stockOf(scope, n, facts);
    if (taken > 0) block.set(scope, taken);
  }
  return block;
}

function stockOf(scope: QuotaScope, needed: number, facts: BlockFacts): number {
  const wanted = Math.min(Math.max(FIRST_STOCK, facts.askedOf(scope)), STOCK_AT_MOST);
  const usable = usableOf(facts.limits, scope, facts.priority);
  if (usable === null) return wanted;
  const left = usable - usedIn(facts.window, facts.takenOf(scope)) - needed;
  return Math.max(0, Math.min(wanted, Math.floor(left / (2 * facts.holders))));
}

/** The least urgent priority that may spend a lease after which a scope has `used` in its window. */
export function openTo(block: Amounts, { limits, window, takenOf }: BlockFacts): Priority {
  const isOpen = (priority: Priority): boolean =>
    [...block].every(([scope, n]) => {
      const usable = usableOf(limits, scope, priority);
      return usable === null || usedIn(window, takenOf(scope)) + n <= usable;
    });
  return isOpen('bulk') ? 'bulk' : isOpen('normal') ? 'normal' : 'critical';
}
