/**
 * A run from its seed: a while in which everything may go wrong, then the faults stop and the system goes on until it is
 * quiet; then the books are checked.
 */
import type { Accounting } from './accounting.ts';
import { keepAccounts } from './accounting.ts';
import { checkEnd } from './checkEnd.ts';
import { drawCourse, drawVaultFault } from './faults.ts';
import type { Host } from './host.ts';
import { makeHost } from './host.ts';
import { crash, spawn, startInstance } from './instance.ts';
import { letGo } from './operators.ts';
import type { Producers } from './producers.ts';
import { makeProducers } from './producers.ts';
import type { Profile } from './profile.ts';
import { drawProfile, rulesOf } from './profile.ts';
import { makeQuiet } from './quiet.ts';
import { makeRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { makeScheduler } from './scheduler.ts';
import { watchMail } from './watchMail.ts';
import { watchRows } from './watchRows.ts';
import type { Instance, Pending, Violation, World, Wrap } from './world.ts';
import { isFrozen, makeWorld, violate } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  /** Over what the seed draws. */
  readonly profile?: Partial<Profile>;
  readonly wrap?: Wrap;
  readonly trace?: (line: string) => void;
  /** Invariants that are not looked at. */
  readonly ignored?: readonly string[];
  /** Changes the world before the run begins, and when the faults stop. */
  readonly prepare?: (world: World) => void;
  readonly afterFaults?: (world: World) => void;
}

export interface Run {
  readonly seed: number;
  readonly world: World;
  readonly accounting: Accounting;
  readonly violations: readonly Violation[];
}

/** What the parts of a run share. */
export interface Stage {
  readonly world: World;
  readonly scheduler: Scheduler;
  readonly host: Host;
  readonly producers: Producers;
  crash(instance: Instance): void;
  /** As on SIGTERM: it ends when what is under way has ended, or is cut. */
  stop(instance: Instance): void;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** More are never needed, or something goes in circles. */
const STEPS_AT_MOST = 60_000;

export async function runModel(options: RunOptions): Promise<Run> {
  const { seed, wrap = (ports) => ports, trace = null } = options;
  const profile = drawProfile(makeRandom(seed ^ 0x5eed), options.profile);
  const world = makeWorld(seed, {
    profile,
    rules: rulesOf(profile),
    wrap,
    trace,
    ignored: new Set(options.ignored),
  });
  trace?.(`profile ${JSON.stringify(profile)}`);
  world.hve.course = (transaction) => drawCourse(world, transaction);
  world.hve.refusesDuplicates = profile.refusesDuplicates;
  world.vault.faultOf = () => drawVaultFault(world);
  const scheduler: Scheduler = makeScheduler(world, {
    failed: (instance) => accounting.excuse(instance),
    performed({ kind, instance }) {
      if (!world.isFaulty || kind !== 'smtp' || !world.random.chance(profile.freeze)) return;
      instance.frozenUntil = world.time.now + world.random.between(5 * MINUTE, 40 * MINUTE);
      instance.wasFrozen = true;
      host.onFreeze(instance);
      trace?.(`** ${instance.name} stands still`);
    },
  });
  const accounting = keepAccounts(world, scheduler.current);
  watchRows(world, scheduler.current, accounting);
  watchMail(world);
  const host = makeHost(world);
  const producers = makeProducers(world);
  const stage: Stage = {
    world,
    scheduler,
    host,
    producers,
    crash(instance) {
      accounting.excuse(instance);
      crash(world, instance);
      host.onCrash(instance);
      producers.onCrash(instance);
      if (!instance.isStopping) startInstance(world);
    },
    stop(instance) {
      if (instance.isStopping) return;
      instance.isStopping = true;
      startInstance(world);
      const ended = (): void => {
        if (!instance.isDead) stage.crash(instance);
      };
      spawn(
        world,
        instance,
        'stop',
        async () => {
          await instance.mailer.close();
          ended();
        },
        ended,
      );
    },
  };
  options.prepare?.(world);
  for (let n = 0; n < profile.instances; n++) startInstance(world);

  await play(world, makeFaultyStep(stage));
  world.isFaulty = false;
  world.outageUntil = 0;
  trace?.('== the faults stop');
  options.afterFaults?.(world);
  await play(world, makeQuiet(stage));
  if (profile.letGo && world.violations.length === 0) {
    producers.actions.push(...letGo(world));
    await play(world, makeQuiet(stage));
  }
  if (world.violations.length === 0) checkEnd(world, accounting);
  return { seed, world, accounting, violations: world.violations };
}

/** Steps until `step` says that it is over. Between two of them everything runs that can. */
async function play(world: World, step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (): void => {
      try {
        if (++world.count.steps > STEPS_AT_MOST)
          violate(world, 'quiet', `not quiet after ${STEPS_AT_MOST} steps`);
        if (world.violations.length > 0 || step()) return resolve();
        // A tick runs when no microtask is left: then every task waits for the scheduler.
        queueMicrotask(() => process.nextTick(next));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    queueMicrotask(() => process.nextTick(next));
  });
}

function makeFaultyStep({ world, scheduler, host, producers, crash: end, stop }: Stage): () => boolean {
  const { random, profile, pending, instances, time, count } = world;

  let sweptAt = -Infinity;
  let wantedMs = 0;
  let slow: Instance | null = null;
  let slowUntil = 0;

  /** True: something new was begun. */
  function begin(slow: Instance | null): boolean {
    const able = instances.filter((one) => !one.isStopping && !isFrozen(world, one));
    if (able.length === 0) return false;
    const quick = able.filter((instance) => instance !== slow);
    const instance = random.pick(quick.length > 0 ? quick : able);
    const visible = host.visible();
    const choice = random.next();
    if (choice < 0.35 && producers.actions.length > 0) {
      const [action] = producers.actions.splice(random.between(0, producers.actions.length - 1), 1);
      action!.run(instance);
      return true;
    }
    if (choice < 0.8 && visible.length > 0) {
      host.take(random.chance(0.7) ? visible[0]! : random.pick(visible), instance);
      return true;
    }
    // Now and then two at once; the next one a minute later, as a rule.
    if (host.isTimerRunning() ? random.chance(0.9) : time.now - sweptAt < MINUTE && random.chance(0.9))
      return false;
    if (choice < 0.97) {
      sweptAt = time.now;
      host.sweep(instance);
    } else {
      host.closeDay(instance);
    }
    return true;
  }

  function maybeMishap(): boolean {
    const mortal = instances.filter(({ wasFrozen }) => !wasFrozen);
    if (mortal.length > 0 && random.chance(profile.crash)) {
      end(random.pick(mortal));
      return true;
    }
    if (mortal.length > 0 && random.chance(profile.stop)) stop(random.pick(mortal));
    if (random.chance(profile.redeliver)) host.loseLease();
    if (random.chance(profile.outage)) {
      world.outageUntil = time.now + random.between(10 * SECOND, 10 * MINUTE);
      world.trace?.('** Storage is down for a while');
    }
    return false;
  }

  function passTime(): void {
    const kind = random.next();
    const ms =
      kind < 0.6
        ? random.between(SECOND, MINUTE)
        : kind < 0.85
          ? random.between(MINUTE, 15 * MINUTE)
          : random.between(15 * MINUTE, pending.length > 0 ? 40 * MINUTE : 180 * MINUTE);
    if (scheduler.mayJump(ms)) scheduler.jump(ms);
    else wantedMs = ms;
  }

  /** Operations of Storage do not take minutes: those under way happen first. A server may, and an instance may stand still. */
  function prepareJump(): void {
    const operation = scheduler.ready().find(({ kind }) => kind !== 'smtp');
    if (operation) scheduler.perform(operation);
    else if (world.ghosts.length > 0) scheduler.landGhost();
    else {
      scheduler.jump(wantedMs);
      // Whoever waits for the server so long waits on, while others find its claim.
      const waiting = pending.find(({ kind }) => kind === 'smtp');
      if (wantedMs > 15 * MINUTE && waiting && random.chance(0.7)) {
        slow = waiting.instance;
        slowUntil = count.steps + random.between(20, 100);
      }
      wantedMs = 0;
    }
  }

  /** One instance is slow for a while: what the others do comes first. */
  function pickPending(): Pending | null {
    if (count.steps > slowUntil && random.chance(0.03))
      slow = random.chance(0.6) ? random.pick(instances) : null;
    const quick = scheduler.ready().filter((effect) => effect.instance !== slow);
    return quick.length > 0 ? random.pick(quick) : null;
  }

  return () => {
    if (count.steps >= profile.faultySteps && producers.actions.length === 0) return true;
    if (count.steps >= 4 * profile.faultySteps + 400) return true;
    if (scheduler.doOverdue() || scheduler.wake() || maybeMishap()) return false;
    if (world.ghosts.length > 0 && random.chance(0.1)) {
      scheduler.landGhost();
      return false;
    }
    if (wantedMs > 0) {
      prepareJump();
      return false;
    }
    if (random.chance(profile.jump)) passTime();
    const effect = pickPending();
    if (effect && random.chance(world.tasks.size > 5 ? 0.97 : 0.8)) scheduler.perform(effect);
    else if (begin(slow)) return false;
    else if (scheduler.ready().length > 0) scheduler.perform(effect ?? random.pick(scheduler.ready()));
    else passTime();
    return false;
  };
}
