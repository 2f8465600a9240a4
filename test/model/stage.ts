/** A world with all that acts in it: the scheduler, the host, the producers; and how an instance ends. */
import type { Accounting } from './accounting.ts';
import { keepAccounts } from './accounting.ts';
import { drawCourse, drawVaultFault } from './faults.ts';
import type { Host } from './host.ts';
import { makeHost } from './host.ts';
import { crash, spawn, startInstance } from './instance.ts';
import type { Producers } from './producers.ts';
import { makeProducers } from './producers.ts';
import type { Scheduler } from './scheduler.ts';
import { makeScheduler } from './scheduler.ts';
import { watchMail } from './watchMail.ts';
import { watchRows } from './watchRows.ts';
import type { Instance, World } from './world.ts';

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

const MINUTE = 60_000;

/** Everything watches what happens; no instance has begun. */
export function setStage(world: World): { readonly stage: Stage; readonly accounting: Accounting } {
  world.hve.course = (transaction) => drawCourse(world, transaction);
  world.hve.refusesDuplicates = world.profile.refusesDuplicates;
  world.vault.faultOf = () => drawVaultFault(world);
  const scheduler: Scheduler = makeScheduler(world, {
    failed: (instance) => accounting.excuse(instance),
    performed({ kind, instance }) {
      if (!world.isFaulty || kind !== 'smtp' || !world.random.chance(world.profile.freeze)) return;
      instance.frozenUntil = world.time.now + world.random.between(5 * MINUTE, 40 * MINUTE);
      instance.wasFrozen = true;
      host.onFreeze(instance);
      world.trace?.(`** ${instance.name} stands still`);
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
  return { stage, accounting };
}
