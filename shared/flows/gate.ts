/**
 * The gate: may this delivery go now, through which account, charged how? Or which room does it wait in?
 *
 * It asks in this order: a person's pause and trouble; the order of the rooms (who waits goes first); the ledger.
 * A released row passes the obstacle and the order of the room it comes from; a probe passes every trouble by reply.
 * Of a pool, the first account that may go does; where none may, the delivery waits in the pool's room.
 * Nothing is written but the reservation, which the caller gives back if it does not use it.
 */
import type { Delivery } from '../core/delivery.ts';
import { countKinds, openRecipients } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import type { QuotaRequest, ScopeLimits } from '../core/quotaLedger.ts';
import { limitOf, scopesOf, usableOf } from '../core/quotaLedger.ts';
import type { QuotaScope } from '../core/rooms.ts';
import { isPool, poolRoom, quotaRoom, roomKey, troubleRoom } from '../core/rooms.ts';
import type { Clock, WaitingRooms } from '../ports.ts';
import type { Granted } from './heldLeases.ts';
import type { Limits } from './limits.ts';
import type { Quota } from './quota.ts';
import type { Senders } from './senders.ts';
import type { Troubles } from './troubles.ts';

export type Passage =
  | {
      readonly kind: 'go';
      /** The sender account that it goes through. */
      readonly account: string;
      /** Indexes of the recipients that go. */
      readonly recipients: readonly number[];
      readonly reservation: Granted;
    }
  | { readonly kind: 'wait'; readonly room: string; readonly turnsAt: number | null }
  /** These recipients could never go: the scope's limit is smaller than they are many. */
  | { readonly kind: 'never'; readonly recipients: readonly number[]; readonly scope: QuotaScope };

export interface Gate {
  /** `failed`: accounts of a pool that could not log in a moment ago. */
  pass(delivery: Delivery, failed?: ReadonlySet<string>): Promise<Passage>;
}

export function makeGate(deps: {
  troubles: Troubles;
  senders: Senders;
  rooms: WaitingRooms;
  quota: Quota;
  limits: Limits;
  clock: Clock;
  durations: Durations;
}): Gate {
  const { troubles, senders, rooms, quota, limits, clock, durations } = deps;
  /** The key of each room's front row, null for an empty one. */
  const fronts = new Map<string, { readonly key: string | null; readonly readAt: number }>();
  /** A scope that had no room for so many of a priority, lately. */
  const full = new Map<
    string,
    { readonly recipients: number; readonly turnsAt: number; readonly at: number }
  >();

  const isRecent = (at: number): boolean => clock.monotonic() - at < durations.memory;

  async function frontOf(room: string): Promise<string | null> {
    const remembered = fronts.get(room);
    if (remembered && isRecent(remembered.readAt)) return remembered.key;
    const readAt = clock.monotonic();
    const front = await rooms.front(room);
    fronts.set(room, { key: front?.key ?? null, readAt });
    return front?.key ?? null;
  }

  /** The first limited scope in which others wait before this delivery, or that was full a moment ago. */
  async function queuedBehind(
    delivery: Delivery,
    request: QuotaRequest,
    inForce: ScopeLimits,
  ): Promise<Passage | null> {
    const now = clock.now();
    for (const [scope, n] of scopesOf(request)) {
      const room = quotaRoom(scope);
      if (limitOf(inForce, scope) === null || delivery.releasedFrom === room) continue;
      const front = await frontOf(room);
      const memory = full.get(memoryOf(scope, request));
      const turnsAt = memory && memory.turnsAt > now ? memory.turnsAt : null;
      if (front !== null && roomKey(delivery) > front) return { kind: 'wait', room, turnsAt };
      if (memory && turnsAt !== null && isRecent(memory.at) && n >= memory.recipients) {
        return { kind: 'wait', room, turnsAt };
      }
    }
    return null;
  }

  async function tryAccount(
    delivery: Delivery,
    recipients: readonly number[],
    account: string,
  ): Promise<Passage> {
    const counts = countKinds(delivery, recipients);
    for (const obstacle of await troubles.obstacles(account, counts.external > 0)) {
      const room = troubleRoom(obstacle.scope, account);
      const passes = delivery.probe || delivery.releasedFrom === room;
      if (obstacle.byPerson || !passes) return { kind: 'wait', room, turnsAt: obstacle.until };
    }
    const request: QuotaRequest = { ...counts, account, app: delivery.app, priority: delivery.priority };
    const inForce = await limits.of([delivery.app]);
    const never = scopesOf(request).find(
      ([scope, n]) => n > (usableOf(inForce, scope, delivery.priority) ?? Infinity),
    );
    if (never) return { kind: 'never', recipients, scope: never[0] };
    // Who would rather be rejected goes by what is really taken, not by who waits.
    const behind = delivery.onQuota === 'reject' ? null : await queuedBehind(delivery, request, inForce);
    if (behind) return behind;
    const reservation = await quota.reserve(request);
    if (reservation.ok) return { kind: 'go', account, recipients, reservation };
    const { scope, turnsAt } = reservation;
    if (reservation.tooLarge) return { kind: 'never', recipients, scope };
    const n = scope === 'external' ? counts.external : counts.recipients;
    full.set(memoryOf(scope, request), { recipients: n, turnsAt, at: clock.monotonic() });
    return { kind: 'wait', room: quotaRoom(scope), turnsAt };
  }

  /**
   * The first account of the pool that may; where none may, the delivery waits in the pool's room. Who would rather be
   * rejected, and finds every account merely full, is told the first one's room.
   */
  async function tryPool(
    delivery: Delivery,
    recipients: readonly number[],
    failed: ReadonlySet<string>,
  ): Promise<Passage> {
    const room = poolRoom(delivery.sender);
    const wouldRatherBeRejected = delivery.onQuota === 'reject';
    if (!wouldRatherBeRejected && delivery.releasedFrom !== room) {
      const front = await frontOf(room);
      if (front !== null && roomKey(delivery) > front) return { kind: 'wait', room, turnsAt: null };
    }
    const candidates = senders.candidates(delivery.sender);
    let turnsAt: number | null = null;
    let never: Passage | null = null;
    let full: Passage | null = null;
    let isToBeWaitedFor = failed.size > 0;
    for (const account of candidates.filter((address) => !failed.has(address))) {
      const passage = await tryAccount(delivery, recipients, account);
      if (passage.kind === 'go') return passage;
      const isAccounts = passage.kind === 'never' ? passage.scope : passage.room;
      // What stops the tenant or the app stops every account of the pool.
      if (isAccounts !== `account:${account}` && isAccounts !== quotaRoom(`account:${account}`))
        return passage;
      if (passage.kind === 'never') {
        never = passage;
        continue;
      }
      if (wouldRatherBeRejected && passage.room === quotaRoom(`account:${account}`)) full ??= passage;
      else isToBeWaitedFor = true;
      if (passage.turnsAt !== null) turnsAt = Math.min(passage.turnsAt, turnsAt ?? Infinity);
    }
    const ends = isToBeWaitedFor ? null : (full ?? never);
    return ends ?? { kind: 'wait', room, turnsAt };
  }

  async function tryRecipients(
    delivery: Delivery,
    recipients: readonly number[],
    failed: ReadonlySet<string>,
  ): Promise<Passage> {
    if (isPool(delivery.sender)) return tryPool(delivery, recipients, failed);
    return tryAccount(delivery, recipients, delivery.sender);
  }

  return {
    async pass(delivery, failed = NONE) {
      const open = openRecipients(delivery);
      const passage = await tryRecipients(delivery, open, failed);
      const external = open.filter((index) => delivery.recipients[index]!.kind === 'external');
      const internal = open.filter((index) => delivery.recipients[index]!.kind === 'internal');
      if (passage.kind === 'never' && passage.scope === 'external')
        return { ...passage, recipients: external };
      // A mixed delivery sends its internal recipients when none but the external ones must wait.
      const onlyExternalWaits =
        passage.kind === 'wait' && (passage.room === 'external' || passage.room === quotaRoom('external'));
      if (!onlyExternalWaits || internal.length === 0) return passage;
      const part = await tryRecipients(delivery, internal, failed);
      return part.kind === 'go' ? part : passage;
    },
  };
}

const NONE: ReadonlySet<string> = new Set();

/** Under what an instance remembers that a scope is full: each priority may use another part of a limit. */
function memoryOf(scope: QuotaScope, { priority }: QuotaRequest): string {
  return `${priority} ${scope}`;
}
