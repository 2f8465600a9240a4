/**
 * The rooms: what waits for the same thing. No day stands in the name, so that nothing has to be moved at midnight.
 * A key sorts by priority and time of acceptance; in `time` by that instant first. The id alone would not do: an item of
 * the outbox has its insertion time, which Storage gives in whole seconds.
 */
import type { Delivery } from './delivery.ts';
import type { Priority } from './message.ts';
import type { TroubleScope } from './outcome.ts';

export const TIME_ROOM = 'time';

/** A scope of the quota, as the ledger and the API name it. */
export type QuotaScope = 'tenant' | 'external' | `account:${string}` | `app:${string}`;

export function quotaRoom(scope: QuotaScope): string {
  return `quota:${scope}`;
}

/** The apps among the scopes. */
export function appsOf(scopes: Iterable<string>): string[] {
  return [...scopes].flatMap((scope) => (scope.startsWith('app:') ? [scope.slice('app:'.length)] : []));
}

export function isQuotaScope(text: string): text is QuotaScope {
  return text === 'tenant' || text === 'external' || text.startsWith('account:') || text.startsWith('app:');
}

export function scopeOfQuotaRoom(room: string): QuotaScope | null {
  const scope = room.startsWith('quota:') ? room.slice('quota:'.length) : '';
  return isQuotaScope(scope) ? scope : null;
}

/** The room of a trouble. */
export function troubleRoom(scope: TroubleScope, account: string): string {
  return scope === 'account' ? `account:${account}` : scope;
}

/** A sender is an account's address or a pool's name, which never looks like one. */
export function isPool(sender: string): boolean {
  return !sender.includes('@');
}

/** What a pool's deliveries wait in while none of its accounts is active with quota. */
export function poolRoom(pool: string): string {
  return `pool:${pool}`;
}

/** The sender account or pool that a room belongs to; null: the room is about something else. */
export function senderOfRoom(room: string): string | null {
  if (room.startsWith('pool:')) return room.slice('pool:'.length);
  return room.startsWith('account:') ? room.slice('account:'.length) : null;
}

/** What the accounts table calls the trouble that a room waits for; null: the room waits for something else. */
export function troubleOfRoom(room: string): string | null {
  if (room === 'tenant' || room === 'external') return room;
  return room.startsWith('account:') ? room.slice('account:'.length) : null;
}

const RANKS: Record<Priority, string> = { critical: '0', normal: '1', bulk: '2' };

/** The order in a room: highest priority, then oldest, first. */
export function roomKey(delivery: Pick<Delivery, 'priority' | 'createdAt' | 'id' | 'delivery'>): string {
  const number = String(delivery.delivery).padStart(3, '0');
  return `${RANKS[delivery.priority]}-${sortable(delivery.createdAt)}-${delivery.id}.${number}`;
}

function sortable(timeMs: number): string {
  return String(Math.max(0, Math.floor(timeMs))).padStart(15, '0');
}

/** The order in the room `time`: that instant first. */
export function timeRoomKey(
  atMs: number,
  delivery: Pick<Delivery, 'priority' | 'createdAt' | 'id' | 'delivery'>,
): string {
  return `${sortable(atMs)}-${roomKey(delivery)}`;
}

export function timeOfTimeRoomKey(key: string): number {
  return Number(key.slice(0, 15));
}

/** A row of a room: enough to release in order without reading the message. */
export interface WaitingRow {
  readonly room: string;
  readonly key: string;
  readonly id: string;
  readonly delivery: number;
  readonly attempt: number;
  readonly recipients: number;
  readonly external: number;
  /** When it was put: the message's row may be missing for a while after that. */
  readonly writtenAt: number;
}
