/** What must hold whenever a delivery's row is written, whoever writes it. */
import type { Delivery } from '../../shared/core/delivery.ts';
import { chargesOf } from '../../shared/core/charges.ts';
import { dayOfMessageId } from '../../shared/core/messageId.ts';
import { TIME_ROOM, roomKey, timeRoomKey } from '../../shared/core/rooms.ts';
import { isFinal, isMoving } from '../../shared/core/status.ts';
import type { LedgerWatch } from './watchLedger.ts';
import type { Instance, World } from './world.ts';
import { nameOf, violate } from './world.ts';

const DAY_MS = 86_400_000;

/** `current`: whose write it is; null: one that landed after its instance had ended, or its answer was lost. */
export function watchRows(
  world: World,
  current: () => Instance | null,
  { rowWritten }: Pick<LedgerWatch, 'rowWritten'>,
): void {
  world.messages.watchRemoval = (what, deliveries) => {
    for (const delivery of deliveries) watchRemoval(world, what, delivery);
  };
  world.messages.watch = (before, after) => {
    world.count.rowWrites++;
    watchShape(world, after, current());
    const content = world.messages.rows.get(after.id)?.head?.head.contentRemoved;
    if (content && !isFinal(after.status)) {
      violate(world, 'retention', `${nameOf(after)} is ${after.status}, and its content was removed`);
    }
    if (before) watchStep(world, before, after, current());
    rowWritten(before, after);
  };
}

/** Only what is final goes, when its days are over; a row only when nothing counts it any more. */
function watchRemoval(world: World, what: 'content' | 'rows', delivery: Delivery): void {
  const { time, rules, profile, ledger } = world;
  const { payloadDays, rowDays } = rules.settings.retention;
  const name = nameOf(delivery);
  const wrong = (text: string): void => violate(world, 'retention', `the ${what} of ${name}: ${text}`);
  if (!isFinal(delivery.status)) wrong(`it is ${delivery.status}`);
  const keptMs = (what === 'content' ? payloadDays : rowDays) * DAY_MS;
  // Who asked for it and who wrote it go by their own clocks.
  if (delivery.updatedAt + keptMs > time.now + 2 * profile.skewMs) wrong('its days are not over');
  if (what === 'content') return;
  const open = chargesOf(delivery).find(({ lease }) => ledger.leases.has(lease));
  if (open) wrong(`the lease ${open.lease} is open`);
}

function watchShape(world: World, after: Delivery, current: Instance | null): void {
  const { small, waiting, time, rules } = world;
  const name = nameOf(after);
  if (isMoving(after.status)) {
    if (after.due === null) violate(world, 'R3', `${name} is ${after.status} without a due`);
    const touchedAt = small.days.get(dayOfMessageId(after.id))?.value.touchedAt ?? -Infinity;
    // Who stood still between its touch and its write touches again after it.
    if (!current?.wasFrozen && touchedAt < time.now - rules.durations.touchSettled) {
      violate(world, 'R3', `${name} is ${after.status}, but its day was not touched for it`);
    }
  }
  for (const [room, key] of waitingKeys(after)) {
    if (!waiting.rooms.get(room)?.has(key))
      violate(world, 'R2', `${name} is parked in ${room} without its row there`);
  }
}

/** The rows that a parked delivery has in the rooms. */
export function waitingKeys(delivery: Delivery): (readonly [string, string])[] {
  const { room, sendAt, createdAt, expiresAt } = delivery;
  if (room === null) return [];
  if (room === TIME_ROOM) return [[room, timeRoomKey(sendAt ?? createdAt, delivery)]];
  const keys: [string, string][] = [[room, roomKey(delivery)]];
  if (expiresAt !== null) keys.push([TIME_ROOM, timeRoomKey(expiresAt, delivery)]);
  return keys;
}

function watchStep(world: World, before: Delivery, after: Delivery, current: Instance | null): void {
  const name = nameOf(after);
  watchClaim(world, before, after, current);
  if (isFinal(before.status) && !isFinal(after.status) && !world.redriven.has(after.id)) {
    violate(world, 'final', `${name} was ${before.status} and is ${after.status}`);
  }
  if (after.attempt < before.attempt)
    violate(world, 'counters', `${name} went back to attempt ${after.attempt}`);
  if (after.unknownSpends < before.unknownSpends) violate(world, 'counters', `${name} forgot unknown spends`);
  for (const [index, { status, address, identity }] of before.recipients.entries()) {
    const next = after.recipients[index]!;
    if (status === 'accepted' && next.status !== 'accepted') {
      violate(world, 'R7', `${name}: ${address} was accepted and is ${next.status}`);
    }
    if (identity !== null && !sameIdentity(before, identity, after, next.identity)) {
      violate(world, 'identity', `${name}: ${address} changed its identity`);
    }
  }
}

function sameIdentity(before: Delivery, was: number, after: Delivery, is: number | null): boolean {
  const then = before.identities[was];
  const now = is === null ? undefined : after.identities[is];
  return then !== undefined && then.messageId === now?.messageId && then.dateMs === now.dateMs;
}

function watchClaim(world: World, before: Delivery, after: Delivery, current: Instance | null): void {
  const name = nameOf(after);
  const { claim } = before;
  if (!claim) return;
  if (after.claim && after.claim.token !== claim.token) {
    violate(
      world,
      'R6',
      `${name} is claimed by ${after.claim.instance} while the claim of ${claim.instance} stands`,
    );
  }
  if (after.claim?.token === claim.token && JSON.stringify(after.claim) !== JSON.stringify(claim)) {
    violate(world, 'R6', `${name}: the claim of ${claim.instance} was changed`);
  }
  // A write of nobody may still be the owner's.
  if (after.claim || current === null || current.name === claim.instance) return;
  const endsAt = claim.endsAt - world.profile.skewMs;
  if (world.time.now < endsAt) {
    violate(
      world,
      'R9',
      `${name}: ${current.name} ended the claim of ${claim.instance} ${endsAt - world.time.now} ms early`,
    );
  }
}
