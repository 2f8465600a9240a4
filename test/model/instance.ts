/** Instances over the one storage: how one starts, what it does by itself, and how it ends. */
import type { Mailer } from '../../shared/flows/mailer.ts';
import { makeMailer } from '../../shared/flows/mailer.ts';
import { portsOf } from './instancePorts.ts';
import type { BackgroundWork, Instance, World } from './world.ts';
import { isFrozen, violate } from './world.ts';

export function startInstance(world: World): Instance {
  const { time, random, profile, count } = world;
  const name = `i${++count.made}`;
  const rules = { ...world.rules, instance: name };
  world.rulesOf.set(name, rules);
  const state = {
    name,
    rules,
    isDead: false,
    isStopping: false,
    frozenUntil: 0,
    wasFrozen: false,
    stoodStillMs: 0,
    skewMs: world.skewOf?.(count.made) ?? random.between(-profile.skewMs, profile.skewMs),
    heardAt: time.now,
  };
  const ports = world.wrap(portsOf(world, state), world, name);
  const mailer = makeMailer(ports, world.breakRules?.(rules) ?? rules, (level, text) => {
    if (state.isDead) return;
    world.logLines.push(`${name} ${level} ${text}`);
    world.trace?.(`   ${name} ${level}: ${text}`);
  });
  const instance: Instance = Object.assign(state, { mailer });
  world.instances.push(instance);
  return instance;
}

/** As functions/app.ts has it: Storage is asked for the time where it is not known. */
export async function useMailer(world: World, instance: Instance): Promise<Mailer> {
  if (world.time.now - instance.heardAt > world.rules.durations.clockLife / 2) {
    await askHost(world, instance, 'ask for the time');
  }
  return instance.mailer;
}

/** What the host does for the instance; it never fails. */
export function askHost(world: World, instance: Instance, name: string): Promise<unknown> {
  const { time, pending } = world;
  return new Promise((resolve, reject) => {
    if (instance.isDead) return;
    const run = (): void => void (instance.heardAt = time.now);
    pending.push({ instance, kind: 'host', name, since: time.now, run, resolve, reject });
  });
}

/** Runs as one task of the instance; what it throws goes to `failed`. */
export function spawn(
  world: World,
  instance: Instance,
  label: string,
  work: () => Promise<void>,
  failed: (error: unknown) => void = () => undefined,
): void {
  const number = ++world.count.tasks;
  world.tasks.set(number, { label, instance });
  world.trace?.(`-- ${instance.name} begins: ${label}`);
  const end = (how: string): void => {
    world.tasks.delete(number);
    world.trace?.(`-- ${instance.name} ended: ${label}${how}`);
  };
  work().then(
    () => end(''),
    (error: unknown) => {
      end(`: ${String(error)}`);
      if (isDefect(error)) world.violations.push({ invariant: 'no defect is thrown', text: describe(error) });
      failed(error);
    },
  );
}

function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Background work that has come due, of an instance that does not stand still. */
export function dueWork(world: World): BackgroundWork | null {
  const { background, time } = world;
  return (
    background.find((one) => !one.isRunning && one.dueAt <= time.now && !isFrozen(world, one.instance)) ??
    null
  );
}

/** Never twice at once; missed times are not made up for. */
export function beginWork(world: World, one: BackgroundWork): void {
  one.isRunning = true;
  world.count.ticks++;
  const end = (): void => {
    one.isRunning = false;
    one.dueAt = world.time.now + one.ms;
  };
  spawn(
    world,
    one.instance,
    'what it does in the background',
    async () => {
      await one.work();
      end();
    },
    (error) => {
      end();
      violate(world, 'no defect is thrown', `background work rejects: ${describe(error)}`);
    },
  );
}

/** The process ends: nothing of it goes on. Of what was under way some has reached the other side, the rest never does. */
export function crash(world: World, instance: Instance): void {
  const { pending, ghosts, sleepers, background, tasks, random, time } = world;
  instance.isDead = true;
  world.count.crashes++;
  world.trace?.(`** ${instance.name} crashes`);
  for (const effect of pending.filter((one) => one.instance === instance)) {
    pending.splice(pending.indexOf(effect), 1);
    const isSent = effect.kind === 'write' || effect.kind === 'smtp';
    if (!isSent || random.chance(0.5)) continue;
    ghosts.push({
      name: `${instance.name} ${effect.name}`,
      run: effect.run,
      by: time.now + random.between(0, 60_000),
    });
  }
  for (const sleeper of sleepers.filter((one) => one.instance.name === instance.name)) {
    sleepers.splice(sleepers.indexOf(sleeper), 1);
  }
  for (const one of background.filter((work) => work.instance.name === instance.name)) {
    background.splice(background.indexOf(one), 1);
  }
  for (const [number, task] of tasks) if (task.instance === instance) tasks.delete(number);
  world.instances.splice(world.instances.indexOf(instance), 1);
}
