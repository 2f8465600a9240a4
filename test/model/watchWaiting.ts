/** What waits for a quota goes on as soon as there is room for it: nothing is left unused while somebody waits. */
import { usableOf, usedIn } from '../../shared/core/quotaLedger.ts';
import { scopeOfQuotaRoom } from '../../shared/core/rooms.ts';
import { rowKeyOf } from '../../shared/core/messageId.ts';
import type { World } from './world.ts';

export function isWaitingForQuota({ waiting }: World): boolean {
  return [...waiting.rooms.keys()].some((room) => scopeOfQuotaRoom(room) !== null);
}

/** The front of a quota's room that fits, where a sweep has just gone by and changed nothing; null: there is none. */
export function frontThatFits(world: World): string | null {
  const { waiting, messages, ledger, rules, apps, time } = world;
  // What is leased may still go back; and who has older settings sees other limits.
  const isChanging = world.instances.some((one) => one.rules.settings !== rules.settings);
  if (ledger.leases.size > 0 || isChanging) return null;
  const limits = { ...rules.limits, app: (name: string) => apps.rules.get(name)?.quotaPerDay ?? null };
  // A window that has just turned may not have done so by the clock of whoever swept.
  const window = rules.windows(time.now - rules.durations.margin);
  for (const [room, rows] of waiting.rooms) {
    const scope = scopeOfQuotaRoom(room);
    const [key] = [...rows.keys()].toSorted();
    if (scope === null || key === undefined) continue;
    const { row } = rows.get(key)!;
    const delivery = messages.rows.get(rowKeyOf(row.id, row.delivery))?.delivery;
    if (delivery?.room !== room) continue;
    const usable = usableOf(limits, scope, delivery.priority);
    const used = usedIn(window, ledger.scopes.get(scope)?.taken ?? {});
    const needed = scope === 'external' ? row.external : row.recipients;
    if (usable !== null && used + needed > usable) continue;
    return `${key} of ${needed} recipients waits in ${room}, where ${used} of ${usable ?? 'any'} are used`;
  }
  return null;
}
