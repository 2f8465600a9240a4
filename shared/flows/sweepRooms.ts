/**
 * The walk over every room that has a row, whatever settings or states say: what may go, goes, in the room's order and
 * at a metered rate, and not into a queue that is slow already. What is expired, final or elsewhere is tidied on the way
 * whatever may go, so that it stops nothing that lies behind it.
 *
 *   time            what has come due
 *   quota:*         as long as the front fits into what is left; a front that does not fit stops its room
 *   account:* that is gone from the settings for a day   dead letters
 *   pool:*          as long as one of its accounts is active with quota
 *   account:*, tenant, external   one as the probe when the trouble's time has come; all, when there is none
 */
import type { Durations } from '../core/durations.ts';
import type { Priority } from '../core/message.ts';
import { usableOf } from '../core/quotaLedger.ts';
import type { ScopeUsage, Standing } from '../core/records.ts';
import type { QuotaScope, WaitingRow } from '../core/rooms.ts';
import {
  TIME_ROOM,
  appsOf,
  isPool,
  scopeOfQuotaRoom,
  senderOfRoom,
  timeOfTimeRoomKey,
  troubleOfRoom,
} from '../core/rooms.ts';
import type { ReplyNote } from '../core/delivery.ts';
import type { Clock, DeliveryQueues, Log, QueueName, WaitingRooms } from '../ports.ts';
import type { Limits } from './limits.ts';
import type { Quota } from './quota.ts';
import type { Releaser } from './release.ts';
import type { Senders } from './senders.ts';
import type { Troubles } from './troubles.ts';

export type SweepRooms = (standings: readonly Standing[]) => Promise<void>;

const ABANDONED: ReplyNote = {
  text: 'its sender account or pool is gone',
  cause: 'the sender account or pool has been missing from HVE_ACCOUNTS for a day',
  remedy: 'put it back and redrive the message, or send it again from another account',
};

const PRIORITIES: Readonly<Record<string, Priority>> = { '0': 'critical', '1': 'normal', '2': 'bulk' };

export function makeSweepRooms(deps: {
  rooms: WaitingRooms;
  queues: DeliveryQueues;
  quota: Quota;
  limits: Limits;
  releaser: Releaser;
  troubles: Troubles;
  senders: Senders;
  clock: Clock;
  durations: Durations;
  /** Recipients that one sweep releases at the most. */
  releasePerSweep: number;
  log: Log;
}): SweepRooms {
  const {
    rooms,
    queues,
    quota,
    limits,
    releaser,
    troubles,
    senders,
    clock,
    durations,
    releasePerSweep,
    log,
  } = deps;

  async function slowQueues(): Promise<Set<QueueName>> {
    const now = clock.now();
    const slow = new Set<QueueName>();
    for (const queue of ['deliveries', 'bulk'] as const) {
      const since = await queues.frontVisibleSince(queue);
      if (since !== null && now - since > durations.slowQueue) slow.add(queue);
    }
    return slow;
  }

  /** It could never fit: the limit was lowered since. */
  async function isTooLarge(row: WaitingRow, scope: QuotaScope, priority: Priority): Promise<boolean> {
    const limit = usableOf(await limits.of(appsOf([scope])), scope, priority);
    return limit !== null && (scope === 'external' ? row.external : row.recipients) > limit;
  }

  return async (standings) => {
    let budget = releasePerSweep;
    const slow = await slowQueues();
    let usage: readonly ScopeUsage[] | null = null;

    /** Whether what is parked there may go; if not, neither may what lies behind it. `released`: from its room already. */
    async function mayGo(row: WaitingRow, released: number): Promise<boolean> {
      const rank = row.key.at(row.room === TIME_ROOM ? 16 : 0) ?? '1';
      const priority = PRIORITIES[rank] ?? 'normal';
      if (slow.has(priority === 'bulk' ? 'bulk' : 'deliveries') || budget <= 0) return false;
      const scope = scopeOfQuotaRoom(row.room);
      if (scope !== null) return hasQuota(row, scope, priority, released);
      const sender = senderOfRoom(row.room);
      if (sender === null || !isPool(sender)) return isActive(troubleOfRoom(row.room));
      const accounts = senders.candidates(sender);
      let isTooLargeForAll = accounts.length > 0;
      for (const account of accounts) {
        if (await isTooLarge(row, `account:${account}`, priority)) continue;
        isTooLargeForAll = false;
        if (isActive(account) && (await hasQuota(row, `account:${account}`, priority, released))) return true;
      }
      return isTooLargeForAll;
    }

    function isActive(name: string | null): boolean {
      const standing = standings.find((one) => one.name === name);
      return !standing?.trouble && !standing?.pausedByPerson;
    }

    async function hasQuota(
      row: WaitingRow,
      scope: QuotaScope,
      priority: Priority,
      released: number,
    ): Promise<boolean> {
      const limit = usableOf(await limits.of(appsOf([scope])), scope, priority);
      const needed = scope === 'external' ? row.external : row.recipients;
      // What could never fit goes too, and fails with its remedy: the limit was lowered since, and it must not stop the room.
      if (limit === null || needed > limit) return true;
      usage ??= await quota.usage();
      const found = usage.find((one) => one.scope === scope);
      return released + needed <= limit - (found ? found.used + found.leased : 0);
    }

    /** The account or pool is gone from the settings for a day: nobody will ever send what waits for it. */
    async function isAbandoned(room: string): Promise<boolean> {
      const sender = senderOfRoom(room);
      if (sender === null) return false;
      const name = isPool(sender) ? room : sender;
      const isMissing = !senders.isKnown(sender);
      const known = standings.find((one) => one.name === name)?.missingSince ?? null;
      if (!isMissing && known === null) return false;
      const since = await troubles.noteMissing(name, isMissing);
      return isMissing && since + durations.accountMissing <= clock.now();
    }

    async function sweepRoom(room: string): Promise<void> {
      const scope = scopeOfQuotaRoom(room);
      let released = 0;
      for await (const waiting of rooms.walk(room)) {
        const { row } = waiting;
        if (room === TIME_ROOM && (budget <= 0 || timeOfTimeRoomKey(row.key) > clock.now())) break;
        const result = await releaser.release(waiting, false, async () => mayGo(row, released));
        // In a room of a scope or an account the order is strict; in `time` each goes by its own time.
        if (result.kind === 'stopped' && room !== TIME_ROOM) break;
        if (result.kind !== 'released') continue;
        budget -= result.recipients;
        released += scope === 'external' ? row.external : result.recipients;
      }
      if (released > 0) log('info', `${room}: ${released} recipients go on`, { room, recipients: released });
    }

    // What has come due goes first: a long backlog elsewhere must not use up the budget before it.
    await sweepRoom(TIME_ROOM);
    for await (const room of rooms.rooms()) {
      if (room === TIME_ROOM) continue;
      if (await isAbandoned(room)) {
        for await (const waiting of rooms.walk(room)) await releaser.giveUp(waiting, ABANDONED);
      } else {
        await sweepRoom(room);
      }
    }
  };
}
