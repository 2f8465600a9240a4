/**
 * A run from its seed: a while in which everything may go wrong, then the faults stop and the system goes on until it is
 * quiet; then the books are checked.
 */
import { checkEnd } from './checkEnd.ts';
import { makeFaultyStep } from './faultyStep.ts';
import { startInstance } from './instance.ts';
import { letGo } from './operators.ts';
import type { Profile } from './profile.ts';
import { drawProfile, rulesOf } from './profile.ts';
import { makeQuiet } from './quiet.ts';
import { makeRandom } from './random.ts';
import { setStage } from './stage.ts';
import type { Violation, World, Wrap } from './world.ts';
import { makeWorld, violate } from './world.ts';

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
  readonly violations: readonly Violation[];
}

/** More are never needed, or something goes in circles. */
const STEPS_AT_MOST = 60_000;

/** In the end so many times go by, so that days are closed and rows go. */
const GO_BY = 2;
const GO_BY_MS = 20 * 3_600_000;

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
  const { stage, watch } = setStage(world);
  options.prepare?.(world);
  for (let n = 0; n < profile.instances; n++) startInstance(world);

  await play(world, makeFaultyStep(stage));
  world.isFaulty = false;
  world.outageUntil = 0;
  world.logLinesOfFaults = world.logLines.length;
  trace?.('== the faults stop');
  options.afterFaults?.(world);
  await play(world, makeQuiet(stage));
  if (profile.letGo && world.violations.length === 0) {
    stage.producers.actions.push(...letGo(world));
    await play(world, makeQuiet(stage));
  }
  // What was left for its days goes, and nothing else.
  for (let n = 0; n < GO_BY && profile.isBrief && world.violations.length === 0; n++) {
    stage.scheduler.jump(GO_BY_MS);
    await play(world, makeQuiet(stage));
  }
  if (world.violations.length === 0) checkEnd(world, watch);
  return { seed, world, violations: world.violations };
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
