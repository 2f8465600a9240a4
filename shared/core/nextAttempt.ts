/**
 * When a delivery goes on by itself, where that is known (pure). A quota's turn stands on its row. A trouble's next look moves
 * on while the delivery waits, so what the row noted when it was parked does not last: the standings say it.
 */
import type { Delivery } from './delivery.ts';
import type { Standing } from './records.ts';
import { isPool, troubleOfRoom } from './rooms.ts';

export interface Outlook {
  readonly now: number;
  readonly standings: ReadonlyMap<string, Standing>;
  /** Addresses of the pool's sender accounts. */
  readonly membersOf: (pool: string) => readonly string[];
}

/**
 * Null: it is not known, or a person must act first. What waits for a trouble goes when the probe at that instant passes: not
 * before, and later where it does not.
 */
export function foreseeAttempt(
  { status, room, sender, nextAttemptAt }: Delivery,
  { now, standings, membersOf }: Outlook,
): number | null {
  if (status !== 'deferred' || room === null) return nextAttemptAt;
  const isPaused = (name: string): boolean => Boolean(standings.get(name)?.pausedByPerson);
  const lookAt = (name: string): number | null => standings.get(name)?.trouble?.until ?? null;
  const accounts = isPool(sender) ? membersOf(sender) : [sender];
  if (isPaused('tenant') || (accounts.length > 0 && accounts.every(isPaused))) return null;
  const trouble = troubleOfRoom(room);
  if (trouble !== null) return ahead([lookAt(trouble)], now);
  // Of a pool some accounts may be in trouble, and others full: the first of them that may is enough.
  const looks = room.startsWith('pool:')
    ? accounts.filter((address) => !isPaused(address)).map((address) => lookAt(address))
    : [];
  return ahead([nextAttemptAt, ...looks], now);
}

/** The first of them that is still to come; what is over already goes in its turn, which nobody knows. */
function ahead(instants: readonly (number | null)[], now: number): number | null {
  const coming = instants.flatMap((at) => (at !== null && at > now ? [at] : []));
  return coming.length === 0 ? null : Math.min(...coming);
}
