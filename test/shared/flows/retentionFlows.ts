/**
 * What removes from the record, over the real ports of Storage in tables of their own, at real durations, with a clock that the
 * test moves. Ports can be wrapped, so that a test ends a flow at any effect, as a crash would, or lets somebody come between.
 */
import { makeBlobs } from '../../../shared/adapters/storage/blobs.ts';
import { makeDays } from '../../../shared/adapters/storage/days.ts';
import { makeDeadLetters } from '../../../shared/adapters/storage/deadLetters.ts';
import { makeDeliveryQueues } from '../../../shared/adapters/storage/deliveryQueues.ts';
import { makeIdempotencyKeys } from '../../../shared/adapters/storage/idempotencyKeys.ts';
import { makeKeptMessages } from '../../../shared/adapters/storage/keptMessages.ts';
import { makeLedger } from '../../../shared/adapters/storage/ledger.ts';
import { makeMessageStore } from '../../../shared/adapters/storage/messageStore.ts';
import { makeRetentionNotes } from '../../../shared/adapters/storage/retentionNotes.ts';
import { makeWaitingRooms } from '../../../shared/adapters/storage/waitingRooms.ts';
import { SILENT_TELEMETRY } from '../../../shared/adapters/telemetry/silentTelemetry.ts';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { makeDurations } from '../../../shared/core/durations.ts';
import { dayOfMessageId, makeMessageId } from '../../../shared/core/messageId.ts';
import type { DeadLetter, Head } from '../../../shared/core/records.ts';
import { makeRedrive } from '../../../shared/flows/redrive.ts';
import { makeRetention } from '../../../shared/flows/retention.ts';
import { makeSetGoing } from '../../../shared/flows/setGoing.ts';
import { makeRows } from '../../../shared/flows/settleRow.ts';
import { makeTouch } from '../../../shared/flows/touch.ts';
import type { Log, StoredMessage } from '../../../shared/ports.ts';
import {
  NOON,
  collect,
  sampleDelivery,
  sampleHead,
  sampleRecipient,
} from '../../contracts/sampleMessages.ts';
import { chance, freshPrefix, openStorage } from '../adapters/storage/openStorage.ts';
import { makeTestClock } from './storedFlows.ts';

export const HOUR = 3_600_000;
export const DAY_MS = 24 * HOUR;
const RETENTION = { payloadDays: 7, rowDays: 30, countDays: 400 };
export const PAYLOAD = Buffer.from('what the message says');

/** What a flow meets when its process ends at that effect. */
class Crash extends Error {}

function openPorts(prefix: string) {
  const { storage } = openStorage(prefix);
  const opened = { storage };
  return {
    store: makeMessageStore(opened),
    kept: makeKeptMessages(opened),
    retentionNotes: makeRetentionNotes(opened),
    days: makeDays({ storage, chance }),
    deadLetters: makeDeadLetters(opened),
    keys: makeIdempotencyKeys(opened),
    blobs: makeBlobs(opened),
    ledger: makeLedger({ storage, chance }),
    rooms: makeWaitingRooms(opened),
    queues: makeDeliveryQueues(opened),
    content: storage.container('content'),
  };
}

export type RetentionPorts = ReturnType<typeof openPorts>;

export function makeRetentionFlows(retention = RETENTION) {
  const prefix = freshPrefix();
  const { clock, time } = makeTestClock();
  const durations = makeDurations(1);
  const calendar = makeCalendar('UTC');
  const lines: string[] = [];
  const signals: Readonly<Record<string, unknown>>[] = [];
  const log: Log = (level, text, fields = {}) => {
    lines.push(`${level} ${text}`);
    if ('signal' in fields) signals.push(fields);
  };
  const ports = openPorts(prefix);
  let made = 0;

  /** The flows of an instance; `wrap` may replace ports. */
  function instance(wrap: (ports: RetentionPorts) => RetentionPorts = (same) => same) {
    const base = {
      ...wrap(openPorts(prefix)),
      clock,
      chance,
      durations,
      calendar,
      telemetry: SILENT_TELEMETRY,
      log,
    };
    const touch = makeTouch(base);
    const rows = makeRows({ ...base, touch });
    const takeFromOutbox = {
      takeAgain: async () => Promise.reject(new Error('nothing is taken from the outbox here')),
    };
    return {
      ...makeRetention({ ...base, retention }),
      redrive: makeRedrive({ ...base, setGoing: makeSetGoing({ ...base, rows, touch }), takeFromOutbox }),
    };
  }

  return {
    ...ports,
    prefix,
    time,
    clock,
    durations,
    lines,
    signals,
    instance,

    /** A message of `parts` deliveries that became final at noon, with its payload; `at`: when it was accepted. */
    async stored(
      changes: Partial<Delivery> = {},
      { parts = 0, head = {}, at = NOON }: { parts?: number; head?: Partial<Head>; at?: number } = {},
    ): Promise<string> {
      made++;
      const seed = [made % 256, Math.floor(made / 256), 2, 3, 4, 5, 6, 7, made % 251, made % 256];
      const id = makeMessageId(at, Uint8Array.from(seed));
      const numbers = parts === 0 ? [0] : Array.from({ length: parts }, (_, n) => n + 1);
      const deliveries = numbers.map((delivery) =>
        sampleDelivery({
          id,
          delivery,
          status: 'sent',
          due: null,
          createdAt: at,
          updatedAt: at,
          recipients: [sampleRecipient(`r${delivery}@contoso.com`, { status: 'accepted', at })],
          ...changes,
        }),
      );
      const stored = { id, parts, createdAt: at, ...head };
      await ports.store.insert({ head: sampleHead(stored), payload: PAYLOAD }, deliveries);
      return id;
    },

    /** The dead letter of a delivery, as it is written right before that becomes final. */
    async letter(id: string, changes: Partial<DeadLetter> = {}): Promise<DeadLetter> {
      const letter: DeadLetter = {
        day: dayOfMessageId(id),
        key: `${id}.0.1`,
        messageId: id,
        delivery: 0,
        attempt: 1,
        app: 'payroll',
        at: NOON,
        reason: 'failed',
        detail: 'cause. What to do: remedy',
        lastReply: null,
        raw: null,
        ...changes,
      };
      await ports.deadLetters.put(letter);
      return letter;
    },

    async read(id: string): Promise<StoredMessage> {
      const message = await ports.store.readMessage(id);
      if (!message) throw new Error(`there is no message ${id}`);
      return message;
    },

    /** What is stored of the day, and what is left of rows that were to go. */
    async left(day: string): Promise<string[]> {
      return (await collect(ports.kept.scan(day, null))).map(({ id, head }) => (head ? id : `emptied ${id}`));
    },

    /** Runs the pruning of a fresh instance until its round is over. */
    async pruneAt(now: number, flows = instance()): Promise<void> {
      time.now = now;
      await flows.prune();
    },
  };
}

/** An error at the n-th of the calls that change something, from 1; `after`: the call was done, and its answer never came. */
export function crashAt(n: number, when: 'before' | 'after', seen: { calls: number }) {
  const changing = /^(?:put|remove|replace|discard|rewrite|empty|clear|write|forget|insert|touch)/;
  const wrapPort = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function' || typeof name !== 'string' || !changing.test(name)) return value;
        return async (...args: unknown[]): Promise<unknown> => {
          seen.calls++;
          // From then on nothing of the process goes on.
          if (seen.calls > n || (seen.calls === n && when === 'before')) throw new Crash(name);
          const answer: unknown = await Reflect.apply(value, target, args);
          if (seen.calls === n) throw new Crash(name);
          return answer;
        };
      },
    });
  return (ports: RetentionPorts): RetentionPorts => ({
    ...ports,
    store: wrapPort(ports.store),
    kept: wrapPort(ports.kept),
    retentionNotes: wrapPort(ports.retentionNotes),
    days: wrapPort(ports.days),
    deadLetters: wrapPort(ports.deadLetters),
    blobs: wrapPort(ports.blobs),
    ledger: wrapPort(ports.ledger),
  });
}
