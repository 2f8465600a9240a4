/** What must hold for the quota whenever a mail goes. */
import { nextDay } from '../../shared/core/calendarDay.ts';
import type { Delivery } from '../../shared/core/delivery.ts';
import type { Lease } from '../../shared/core/lease.ts';
import type { ScopeLimits } from '../../shared/core/quotaLedger.ts';
import { usableOf, usedIn } from '../../shared/core/quotaLedger.ts';
import type { QuotaScope } from '../../shared/core/rooms.ts';
import { isInWindow } from '../../shared/core/window.ts';
import { lastOf } from './memory/messageTable.ts';
import type { Passage } from './memory/modelHve.ts';
import type { World } from './world.ts';
import { violate } from './world.ts';

const DAY_MS = 86_400_000;

function rowOf({ messages }: World, { id, delivery }: Passage): Delivery {
  return lastOf(messages, id, delivery)!;
}

/** At the point of no return the lease that the claim names stands in the ledger, and has not ended. */
export function watchLease(world: World, passage: Passage): void {
  passage.hour = world.rulesOf.get(passage.instance)!.windows(passage.atByInstance).hour;
  const { claim } = rowOf(world, passage);
  if (claim?.instance !== passage.instance) return;
  const lease = world.ledger.leases.get(claim.charge.lease)?.lease;
  const text = `${passage.identity.messageId} is sent on the lease ${claim.charge.lease}`;
  if (!lease) violate(world, 'lease', `${text}, which is closed`);
  else if (passage.atByInstance >= lease.endsAt) violate(world, 'lease', `${text}, which has ended`);
}

/** How many of a mail's recipients count for each of its scopes. */
function scopesOf(
  world: World,
  passage: Passage,
): readonly (readonly [QuotaScope, (one: Passage) => number])[] {
  const isExternal = (address: string): boolean => !address.endsWith('@contoso.com');
  const { app } = rowOf(world, passage);
  return [
    ['tenant', (one) => one.taken!.length],
    ['external', (one) => one.taken!.filter(isExternal).length],
    [`account:${passage.account}`, (one) => (one.account === passage.account ? one.taken!.length : 0)],
    [`app:${app}`, (one) => (rowOf(world, one).app === app ? one.taken!.length : 0)],
  ];
}

/** Without the ledger's arithmetic: when the taker's day began, or the last 24 hours. */
export function windowStart({ rulesOf }: World, { instance, takenAt }: Lease): number {
  const { settings, calendar } = rulesOf.get(instance)!;
  return settings.window.kind === 'calendar'
    ? calendar.startOf(calendar.dayOf(takenAt))
    : takenAt - DAY_MS + 1;
}

/** By the clocks of those who sent it. */
export function acceptedSince(world: World, scope: QuotaScope, since: number): number {
  let sum = 0;
  for (const passage of world.hve.passages) {
    if (passage.taken === null || passage.atByInstance < since) continue;
    sum += scopesOf(world, passage).find(([name]) => name === scope)?.[1](passage) ?? 0;
  }
  return sum;
}

/** By the clock of whoever sent it: the window is that of its point of no return. */
export function watchUse(world: World, passage: Passage): void {
  const { hve, ledger, rulesOf } = world;
  const window = rulesOf.get(passage.instance)!.windows(passage.atByInstance);
  const taken = hve.passages.filter((one) => one.taken !== null && isInWindow(window, one.hour));
  for (const [scope, count] of scopesOf(world, passage)) {
    const accepted = taken.reduce((sum, one) => sum + count(one), 0);
    const used = usedIn(window, ledger.scopes.get(scope)?.taken ?? {});
    if (accepted > used) violate(world, 'quota', `${scope}: ${accepted} accepted, ${used} used`);
  }
}

/** Without the ledger's arithmetic: no more was accepted in the day, or in any 24 hours, than the settings allow. */
export function watchLimits(world: World, passage: Passage): void {
  const { hve, rules, profile, count, apps } = world;
  // What was sent before they changed was sent by others.
  if (count.deployments > 0) return;
  const { calendar } = rules;
  const at = passage.atByInstance;
  const from = profile.window === 'calendar' ? calendar.startOf(calendar.dayOf(at)) : at - DAY_MS + 1;
  // Another's clock may be ahead, and its day a new one; nobody's is a day ahead.
  const to = profile.window === 'calendar' ? calendar.startOf(nextDay(calendar.dayOf(at))) : Infinity;
  const isOfWindow = ({ taken, atByInstance }: Passage): boolean =>
    taken !== null && atByInstance >= from && atByInstance < to;
  const limits: ScopeLimits = {
    ...rules.limits,
    app: (name) => (count.ruleChanges > 0 ? null : (apps.rules.get(name)?.quotaPerDay ?? null)),
  };
  const mails = hve.passages.filter(isOfWindow);
  for (const [scope, recipients] of scopesOf(world, passage)) {
    for (const priority of ['critical', 'normal', 'bulk'] as const) {
      const usable = usableOf(limits, scope, priority);
      if (usable === null) continue;
      let accepted = 0;
      for (const one of mails) {
        // What is less urgent may use no more than this.
        if (URGENCY[rowOf(world, one).priority] >= URGENCY[priority]) accepted += recipients(one);
      }
      if (accepted > usable)
        violate(world, 'day', `${scope}: ${accepted} accepted of ${usable} for ${priority}`);
    }
  }
}

const URGENCY = { critical: 0, normal: 1, bulk: 2 } as const;
