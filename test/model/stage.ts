/** A world with all that acts in it: the scheduler, the host, the producers; and how an instance ends. */
import { drawCourse, drawVaultFault } from './faults.ts';
import type { Host } from './host.ts';
import { makeHost } from './host.ts';
import { crash, spawn, startInstance } from './instance.ts';
import type { Profile } from './profile.ts';
import { drawChange, rulesOf } from './profile.ts';
import type { Producers } from './producers.ts';
import { makeProducers } from './producers.ts';
import type { Scheduler } from './scheduler.ts';
import { makeScheduler } from './scheduler.ts';
import type { LedgerWatch } from './watchLedger.ts';
import { watchLedger } from './watchLedger.ts';
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
  /** Other settings: whoever has the old ones is told to end, and is replaced. */
  deploy(): void;
}

const MINUTE = 60_000;
/** In all: an acceptance that stands still for an hour may lose the row that it has put into a room. */
const STANDS_STILL_AT_MOST_MS = 40 * MINUTE;

/** Everything watches what happens; no instance has begun. */
export function setStage(world: World): { readonly stage: Stage; readonly watch: LedgerWatch } {
  world.hve.course = (transaction) => drawCourse(world, transaction);
  world.hve.refusesDuplicates = world.profile.refusesDuplicates;
  world.vault.faultOf = () => drawVaultFault(world);
  const scheduler: Scheduler = makeScheduler(world, {
    performed({ kind, name, instance }) {
      const freezes = kind === 'smtp' || name.startsWith('ledger');
      if (!world.isFaulty || !freezes || !world.random.chance(world.profile.freeze)) return;
      const leftMs = STANDS_STILL_AT_MOST_MS - instance.stoodStillMs;
      // One that is told to end dies soon, and who stood still must not.
      if (leftMs < 5 * MINUTE || instance.isStopping) return;
      const ms = world.random.between(5 * MINUTE, leftMs);
      instance.stoodStillMs += ms;
      instance.frozenUntil = world.time.now + ms;
      instance.wasFrozen = true;
      host.onFreeze(instance);
      world.trace?.(`** ${instance.name} stands still`);
    },
  });
  const watch = watchLedger(world, scheduler.current);
  watchRows(world, scheduler.current, watch);
  watchMail(world);
  const host = makeHost(world);
  const producers = makeProducers(world);
  let settings: Partial<Profile> = {};
  const stage: Stage = {
    world,
    scheduler,
    host,
    producers,
    crash(instance) {
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
    deploy() {
      const { random, count, profile } = world;
      settings = { ...settings, ...(profile.change ?? drawChange(random)) };
      count.deployments++;
      world.rules = rulesOf({ ...profile, ...settings });
      world.trace?.(`** other settings: ${JSON.stringify(settings)}`);
      // Who stood still once goes on beside the others, as in a deployment that takes its time.
      const replaced = world.instances.filter(({ wasFrozen }) => !wasFrozen);
      for (const instance of replaced) stage.stop(instance);
    },
  };
  return { stage, watch };
}
