/** One thing after another: which call happens next, whether it fails, and how time goes on. */
import { rowKeyOf } from '../../shared/core/messageId.ts';
import { Unavailable } from '../../shared/ports.ts';
import { drawStorageFault } from './faults.ts';
import type { Instance, Pending, World } from './world.ts';
import { isFrozen } from './world.ts';

/** No operation of Storage is under way for longer: its callers give up after some ten seconds. */
const OPERATION_AT_MOST_MS = 60_000;
/** Whoever cannot record an outcome sleeps so long before it tries again; the quota sleeps for a second at the most. */
const RECORDS_AGAIN_MS = 2000;

export interface Scheduler {
  /** What may happen now. */
  ready(): Pending[];
  /** Whose effect happens at the moment; null: nobody's any more. */
  current(): Instance | null;
  /** True: something was done that needed no choice. */
  doOverdue(): boolean;
  perform(effect: Pending): void;
  landGhost(): void;
  /** Wakes who slept long enough. */
  wake(): boolean;
  /** Whether time may go on by so much with what is under way. */
  mayJump(ms: number): boolean;
  jump(ms: number): void;
}

export function makeScheduler(
  world: World,
  hooks: {
    readonly performed: (effect: Pending) => void;
  },
): Scheduler {
  const { pending, ghosts, sleepers, time, random, count } = world;
  let current: Instance | null = null;

  /** A server and a vault may take minutes; no operation of Storage does. */
  const isBrief = ({ kind }: Pending): boolean => kind !== 'smtp' && kind !== 'vault';
  const isStorage = ({ kind }: Pending): boolean => kind === 'read' || kind === 'write';

  function landGhost(): void {
    const ghost = ghosts.shift();
    if (!ghost) return;
    world.trace?.(`~~ ${ghost.name} lands all the same`);
    current = null;
    try {
      ghost.run();
    } catch {
      // Nobody hears of it.
    }
  }

  function perform(effect: Pending): void {
    const { instance, kind, name, run, resolve, reject } = effect;
    pending.splice(pending.indexOf(effect), 1);
    time.now += kind === 'smtp' ? random.between(50, 1500) : random.between(1, 40);
    if (isStorage(effect)) count.operations++;
    const fault = drawStorageFault(world, effect);
    if (fault !== 'none') count.faults++;
    world.trace?.(
      `${((time.now - world.startedAt) / 1000).toFixed(1)} ${instance.name} ${name}${fault === 'none' ? '' : ` (fails: ${fault})`}`,
    );
    if (fault === 'before' || fault === 'late') {
      if (fault === 'late') {
        ghosts.push({
          name: `${instance.name} ${name}`,
          run,
          by: time.now + random.between(0, OPERATION_AT_MOST_MS),
        });
      }
      reject(new Unavailable(name, new Error('the model lets it fail')));
      return;
    }
    current = instance;
    try {
      let value = run();
      if (fault === 'after') {
        reject(new Unavailable(name, new Error('the model loses the answer')));
        return;
      }
      // The SDK repeats what it has not seen the answer of: then there are two items, or a change that is done already.
      const isRepeated = world.isFaulty && random.chance(world.profile.redeliver);
      if (isRepeated && (name.startsWith('put item') || name.startsWith('ledger:'))) value = run();
      if (isStorage(effect)) instance.heardAt = time.now;
      resolve(value);
    } catch (error) {
      reject(error);
    } finally {
      current = null;
      hooks.performed(effect);
    }
  }

  /** What the instance was told, and has not recorded yet: its claim stands. */
  function loseUnrecorded({ name }: Instance): void {
    for (const passage of world.hve.passages) {
      if (passage.instance !== name) continue;
      const row = world.messages.rows.get(rowKeyOf(passage.id, passage.delivery))?.delivery;
      if (row?.claim?.instance === name) passage.isLost = true;
    }
  }

  const ready = (): Pending[] => pending.filter(({ instance }) => !isFrozen(world, instance));

  return {
    current: () => current,
    ready,
    perform,
    landGhost,

    doOverdue() {
      if (ghosts.some(({ by }) => by <= time.now)) {
        landGhost();
        return true;
      }
      const oldest = ready().find(
        (effect) => isBrief(effect) && time.now - effect.since > OPERATION_AT_MOST_MS / 2,
      );
      if (oldest) perform(oldest);
      return oldest !== undefined;
    },

    wake() {
      const ready = sleepers.filter(({ at, instance }) => at <= time.now && instance.frozenUntil <= time.now);
      for (const sleeper of ready) {
        sleepers.splice(sleepers.indexOf(sleeper), 1);
        sleeper.wake();
      }
      return ready.length > 0;
    },

    mayJump(ms) {
      const isWaiting = ready().some(isBrief) || ghosts.length > 0;
      return ms <= OPERATION_AT_MOST_MS / 4 || !isWaiting;
    },

    jump(ms) {
      // Who waits to record an outcome may be too late afterwards.
      for (const { instance, ms: slept } of sleepers) {
        if (slept >= RECORDS_AGAIN_MS) loseUnrecorded(instance);
      }
      time.now += ms;
      world.trace?.(`>> ${Math.round(ms / 1000)} s go by`);
    },
  };
}
