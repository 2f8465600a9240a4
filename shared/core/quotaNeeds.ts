/** What deliveries that are set going would take of the quota, by scope (pure). */
import type { Delivery } from './delivery.ts';
import { countKinds, openRecipients } from './delivery.ts';
import { goAnew } from './goAnew.ts';
import type { ScopeLimits } from './quotaLedger.ts';
import { limitOf, scopesOf } from './quotaLedger.ts';
import type { ScopeUsage } from './records.ts';
import type { QuotaScope } from './rooms.ts';
import { isPool } from './rooms.ts';

export type Needs = ReadonlyMap<QuotaScope, number>;

/** A limited scope, what would be taken of it, and what of that has room now. */
export interface ScopeNeed {
  readonly scope: string;
  readonly recipients: number;
  readonly remaining: number;
}

/** Of redriven deliveries. Which account a pool would take nobody knows before: then no account's scope is among them. */
export function needsOf(deliveries: readonly Delivery[], externalAllowed: boolean): Needs {
  const needs = new Map<QuotaScope, number>();
  for (const delivery of deliveries) {
    if (delivery.mode === 'capture') continue;
    const counted = countKinds(delivery, openRecipients(goAnew(delivery)));
    const { recipients, external } = externalAllowed
      ? counted
      : { recipients: counted.recipients - counted.external, external: 0 };
    const { app, sender, priority } = delivery;
    for (const [scope, n] of scopesOf({ recipients, external, account: sender, app, priority })) {
      if (scope.startsWith('account:') && isPool(sender)) continue;
      needs.set(scope, (needs.get(scope) ?? 0) + n);
    }
  }
  return needs;
}

export function addNeeds(some: Needs, more: Needs): Needs {
  const sum = new Map(some);
  for (const [scope, n] of more) sum.set(scope, (sum.get(scope) ?? 0) + n);
  return sum;
}

/** Held against what is left, as `GET /api/usage` tells it: a part of that may be kept for more urgent mail. */
export function holdAgainst(
  needs: Needs,
  limits: ScopeLimits,
  usage: readonly ScopeUsage[],
): readonly ScopeNeed[] {
  return [...needs].flatMap(([scope, recipients]) => {
    const limit = limitOf(limits, scope);
    if (limit === null || recipients === 0) return [];
    const taken = usage.find((one) => one.scope === scope);
    const remaining = Math.max(0, limit - (taken ? taken.used + taken.leased : 0));
    return [{ scope, recipients, remaining }];
  });
}
