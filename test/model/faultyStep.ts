/** While everything may go wrong: which thing happens next, and what mishap comes between. */
import { beginWork, dueWork } from './instance.ts';
import type { Stage } from './stage.ts';
import type { Instance, Pending } from './world.ts';
import { isFrozen } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A step at a time; true: enough has happened, and every producer has begun what it wanted. */
export function makeFaultyStep({
  world,
  scheduler,
  host,
  producers,
  crash: end,
  stop,
  deploy,
}: Stage): () => boolean {
  const { random, profile, pending, instances, time, count } = world;

  let sweptAt = -Infinity;
  let deployments = profile.deployments;
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
    if (deployments > 0 && random.chance(deployments / profile.faultySteps)) {
      deployments--;
      deploy();
    }
    if (random.chance(profile.outage)) {
      world.outageUntil =
        time.now + random.between(10 * SECOND, random.chance(0.3) ? 40 * MINUTE : 5 * MINUTE);
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
          : pending.length === 0 && random.chance(profile.days)
            ? random.between(18 * HOUR, 60 * HOUR)
            : random.between(15 * MINUTE, pending.length > 0 ? 40 * MINUTE : 180 * MINUTE);
    // Nobody leaves an item of the outbox lying for as long as a row is kept: it would be recorded anew.
    if (
      profile.isBrief &&
      ms > HOUR &&
      [...world.queues.items.values()].some(({ queue }) => queue === 'outbox')
    )
      return;
    if (scheduler.mayJump(ms)) scheduler.jump(ms);
    else wantedMs = ms;
  }

  /** Operations of Storage do not take minutes: those under way happen first. A server and a vault may, and an instance may stand still. */
  function prepareJump(): void {
    const operation = scheduler.ready().find(({ kind }) => kind !== 'smtp' && kind !== 'vault');
    if (operation) scheduler.perform(operation);
    else if (world.ghosts.length > 0) scheduler.landGhost();
    else {
      scheduler.jump(wantedMs);
      // Whoever waits for the server so long waits on, while others find its claim.
      const waiting = pending.find(({ kind }) => kind === 'smtp' || kind === 'vault');
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
    const work = dueWork(world);
    if (work && random.chance(0.1)) {
      beginWork(world, work);
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
