/**
 * The functions host around the mailers, with the real handlers: items are out of sight while a handler has them, come
 * back 3 minutes after it threw, and sooner or later after its process has ended; a lease may be lost, and then two
 * handlers have the same item.
 */
import type { InvocationContext } from '@azure/functions';
import { makeDeliverItem } from '../../functions/deliverItem.ts';
import { makeSendMail } from '../../functions/sendMail.ts';
import { makeCloseDayTimer, makeSweepTimer } from '../../functions/timers.ts';
import { messageIdOfQueueItem } from '../../shared/core/messageId.ts';
import { askHost, spawn, useMailer } from './instance.ts';
import { wasRecorded } from './memory/messageTable.ts';
import type { QueuedItem } from './memory/queueTable.ts';
import { completeItem, returnItem, takeItem, visibleItems } from './memory/queueTable.ts';
import type { Instance, World } from './world.ts';
import { violate } from './world.ts';

export interface Host {
  visible(): QueuedItem[];
  take(item: QueuedItem, instance: Instance): void;
  /** The host loses an item that a handler has: somebody else may take it. */
  loseLease(): void;
  onCrash(instance: Instance): void;
  /** Nobody renews the leases of what it has. */
  onFreeze(instance: Instance): void;
  sweep(instance: Instance): void;
  closeDay(instance: Instance): void;
  /** A sweep or another timer runs. */
  isTimerRunning(): boolean;
}

const VISIBILITY_MS = 3 * 60_000;
/** The host renews its lease of an item up to so far. */
const LEASE_MS = 10 * 60_000;

function hasDeadLease({ ledger, time, rules, profile }: World): boolean {
  const { leaseSettled } = rules.durations;
  return [...ledger.leases.values()].some(
    ({ lease }) => lease.endsAt + leaseSettled <= time.now + 2 * profile.skewMs,
  );
}

export function makeHost(world: World): Host {
  const { queues, time, random } = world;
  const held = new Map<number, { readonly item: QueuedItem; readonly instance: Instance }>();
  let timers = 0;

  function context(item: QueuedItem): InvocationContext {
    const triggerMetadata = {
      id: item.id,
      insertionTime: new Date(item.insertedAt).toISOString(),
      dequeueCount: item.dequeueCount,
    };
    return {
      triggerMetadata,
      error: (text: string) => world.logLines.push(text),
    } as unknown as InvocationContext;
  }

  function bodyOf(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  function timer(instance: Instance, label: string, run: () => Promise<void>): void {
    timers++;
    const number = { over: false };
    const over = (): void => {
      if (!number.over) timers--;
      number.over = true;
    };
    running.set(number, { instance, over });
    spawn(world, instance, label, async () => {
      try {
        await run();
      } finally {
        over();
        running.delete(number);
      }
    });
  }
  const running = new Map<object, { readonly instance: Instance; readonly over: () => void }>();
  const noContext = {} as unknown as InvocationContext;
  const noTimer = {} as never;

  return {
    visible: () => visibleItems(queues, time.now),

    take(item, instance) {
      world.count.taken++;
      const receipt = takeItem(queues, item, Infinity);
      held.set(receipt, { item, instance });
      const mailer = () => useMailer(world, instance);
      const handler = item.queue === 'outbox' ? makeSendMail(mailer) : makeDeliverItem(mailer);
      spawn(
        world,
        instance,
        `${item.queue} item ${item.id} taken ${item.dequeueCount} times`,
        async () => {
          await handler(bodyOf(item.text), context(item));
          if (item.queue === 'outbox') noteAccepted(item);
          await askHost(world, instance, `complete ${item.id}`);
          held.delete(receipt);
          completeItem(queues, item.id, receipt);
        },
        () => {
          held.delete(receipt);
          returnItem(queues, item.id, receipt, time.now + VISIBILITY_MS);
        },
      );
    },

    loseLease() {
      if (held.size === 0) return;
      const [receipt, { item }] = random.pick([...held]);
      held.delete(receipt);
      world.trace?.(`** the lease of ${item.id} is lost`);
      returnItem(queues, item.id, receipt, time.now);
    },

    onCrash(instance) {
      for (const [receipt, one] of held) {
        if (one.instance !== instance) continue;
        held.delete(receipt);
        returnItem(queues, one.item.id, receipt, time.now + random.between(0, LEASE_MS));
      }
      for (const [number, one] of running) {
        if (one.instance !== instance) continue;
        one.over();
        running.delete(number);
      }
    },

    onFreeze(instance) {
      for (const [receipt, one] of held) {
        if (one.instance === instance)
          returnItem(queues, one.item.id, receipt, time.now + random.between(0, LEASE_MS));
      }
    },

    sweep(instance) {
      world.count.sweeps++;
      world.count.sweptRooms += world.waiting.rooms.size;
      world.count.dayScans += world.small.days.size;
      if (hasDeadLease(world)) world.count.deadSweeps++;
      timer(instance, 'sweep', async () => {
        await makeSweepTimer(() => useMailer(world, instance))(noTimer, noContext);
      });
    },

    closeDay(instance) {
      world.count.timers++;
      timer(instance, 'closeDay', async () => {
        await makeCloseDayTimer(() => useMailer(world, instance))(noTimer, noContext);
      });
    },

    isTimerRunning: () => timers > 0,
  };

  function noteAccepted(item: QueuedItem): void {
    world.count.accepts++;
    const id = messageIdOfQueueItem(item.id, item.insertedAt);
    const isRecorded = wasRecorded(world.messages, id);
    if (!isRecorded)
      violate(world, 'accepted', `the item ${item.id} was completed, and ${id} is not recorded`);
    world.promised.set(id, { id, how: 'outbox', key: null });
  }
}
