/**
 * What must happen around the writes of a row, whoever makes them, in the order of protocol.md (R2 to R5):
 *
 *   parked: the waiting rows first, then the row        queued: touch, the row, the item
 *   failed: the dead letter first, then the row         final otherwise: the row
 *
 * Dying between any two of these loses nothing: a waiting row without its parked row is removed by the sweep, a queued
 * row without its item is found overdue, a dead letter counts only while the row is final by that attempt.
 */
import { hasDeadLetter } from '../core/deadLetterView.ts';
import type { Delivery } from '../core/delivery.ts';
import { countKinds, openRecipients } from '../core/delivery.ts';
import { dayOfMessageId } from '../core/messageId.ts';
import type { DeadLetter, DeliveryItem } from '../core/records.ts';
import type { WaitingRow } from '../core/rooms.ts';
import { TIME_ROOM, roomKey, timeRoomKey } from '../core/rooms.ts';
import { STATE_VERSION } from '../core/delivery.ts';
import type { Durations } from '../core/durations.ts';
import { isFinal } from '../core/status.ts';
import type {
  Clock,
  Log,
  DeadLetters,
  DeliveryQueues,
  QueueName,
  Telemetry,
  WaitingRooms,
} from '../ports.ts';
import type { RowWriter } from './rowWriter.ts';
import { tellGivenUp } from './tellGivenUp.ts';
import type { Touch } from './touch.ts';

export interface Rows {
  /** Writes the row as it is now, with what belongs before and after it. False: conflict; nothing but extras stand. */
  settle(next: Delivery, writer: RowWriter, itemAfterMs?: number): Promise<boolean>;
  /** Whether what a parked delivery needs lies in the rooms; for one that is not parked in a room, true. */
  isWaiting(delivery: Delivery): Promise<boolean>;
  /** The rows that must lie in the rooms before a parked delivery is written. */
  putWaiting(delivery: Delivery): Promise<void>;
  /** Never rejects: the row is queued and has its due, so that the sweep puts an item that is missing. */
  putItem(delivery: Delivery, delayMs: number): Promise<void>;
  /** The delivery, parked. */
  parked(delivery: Delivery, room: string, turnsAt: number | null): Delivery;
  /** The delivery, queued: its item is put after `delayMs`. */
  queued(delivery: Delivery, delayMs: number): Delivery;
}

export function queueOf(delivery: Pick<Delivery, 'priority'>): QueueName {
  return delivery.priority === 'bulk' ? 'bulk' : 'deliveries';
}

/** The dead letter of a delivery that is final and did not reach everybody; null where there is none. */
function deadLetterOf(delivery: Delivery, now: number): DeadLetter | null {
  const { status } = delivery;
  if (!hasDeadLetter(status)) return null;
  const failed = delivery.recipients.find((recipient) => recipient.status === 'failed');
  const reply = failed?.reply === null || failed === undefined ? null : delivery.replies[failed.reply]!;
  return {
    day: dayOfMessageId(delivery.id),
    key: `${delivery.id}.${delivery.delivery}.${delivery.attempt}`,
    messageId: delivery.id,
    delivery: delivery.delivery,
    attempt: delivery.attempt,
    app: delivery.app,
    at: now,
    reason: status,
    detail: reply
      ? `${reply.cause ?? 'cause not known'}. What to do: ${reply.remedy ?? 'look at the reply'}`
      : status,
    lastReply: reply?.text ?? null,
    raw: null,
  };
}

export function makeRows(deps: {
  rooms: WaitingRooms;
  queues: DeliveryQueues;
  deadLetters: DeadLetters;
  touch: Touch;
  clock: Clock;
  durations: Durations;
  log: Log;
  telemetry: Telemetry;
}): Rows {
  const { rooms, queues, deadLetters, touch, clock, durations, log, telemetry } = deps;

  function waitingRows(delivery: Delivery): WaitingRow[] {
    const { id, attempt, room } = delivery;
    if (room === null) return [];
    const common = {
      id,
      delivery: delivery.delivery,
      attempt,
      writtenAt: clock.now(),
      ...countKinds(delivery, openRecipients(delivery)),
    };
    const rows: WaitingRow[] = [];
    if (room === TIME_ROOM) {
      rows.push({ ...common, room, key: timeRoomKey(delivery.sendAt ?? delivery.createdAt, delivery) });
    } else {
      rows.push({ ...common, room, key: roomKey(delivery) });
      if (delivery.expiresAt !== null) {
        rows.push({ ...common, room: TIME_ROOM, key: timeRoomKey(delivery.expiresAt, delivery) });
      }
    }
    return rows;
  }

  async function putWaiting(delivery: Delivery): Promise<void> {
    await Promise.all(waitingRows(delivery).map((row) => rooms.put(row)));
  }

  async function putItem(delivery: Delivery, delayMs: number): Promise<void> {
    const { id: messageId, attempt } = delivery;
    const item: DeliveryItem = {
      v: STATE_VERSION,
      messageId,
      delivery: delivery.delivery,
      attempt,
      visibleAt: clock.now() + delayMs,
    };
    try {
      await queues.put(queueOf(delivery), item, delayMs);
    } catch (error) {
      log('warn', `the item of ${messageId} could not be put; the sweep puts it when it is overdue`, {
        messageId,
        delivery: delivery.delivery,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  return {
    async isWaiting(delivery) {
      const found = await Promise.all(waitingRows(delivery).map((row) => rooms.has(row.room, row.key)));
      return found.every(Boolean);
    },

    putWaiting,
    putItem,

    async settle(next, writer, itemAfterMs = 0) {
      const letter = deadLetterOf(next, clock.now());
      if (letter) await deadLetters.put(letter);
      if (next.room !== null) await putWaiting(next);
      if (next.status === 'queued') await touch.ensure(next.id);
      if (!(await writer.write(next))) return false;
      if (letter) {
        const { messageId, reason, detail } = letter;
        tellGivenUp(deps, 'warn', `${messageId} is among the dead letters (${reason}): ${detail}`, letter);
      }
      if (isFinal(next.status)) {
        telemetry.measure('hve.deliveries', 1, { status: next.status, app: next.app });
      }
      if (next.status === 'queued') {
        await touch.ensure(next.id);
        await putItem(next, itemAfterMs);
      }
      return true;
    },

    parked(delivery, room, turnsAt) {
      const status = room === TIME_ROOM ? 'scheduled' : 'deferred';
      return {
        ...delivery,
        status,
        room,
        nextAttemptAt: turnsAt,
        updatedAt: clock.now(),
        due: null,
        dueStep: 0,
        releasedFrom: null,
        probe: false,
        claim: null,
      };
    },

    queued(delivery, delayMs) {
      const now = clock.now();
      return {
        ...delivery,
        status: 'queued',
        room: null,
        nextAttemptAt: null,
        updatedAt: now,
        due: now + delayMs + durations.itemOverdue,
        dueStep: durations.itemOverdue,
        claim: null,
      };
    },
  };
}
