/** Instances over the one storage: how one starts, how its calls wait for the scheduler, and how it ends. */
import type { Mailer } from '../../shared/flows/mailer.ts';
import { makeMailer } from '../../shared/flows/mailer.ts';
import type { Background, Chance, Clock, Ports } from '../../shared/ports.ts';
import { Unavailable } from '../../shared/ports.ts';
import type { Boundary } from './memory/boundary.ts';
import { makeMemoryApps } from './memory/memoryApps.ts';
import { makeMemoryLedger } from './memory/memoryLedger.ts';
import { makeMemorySecrets } from './memory/memorySecrets.ts';
import { makeMemoryStore } from './memory/messageTable.ts';
import { makeModelTransport } from './memory/modelHve.ts';
import { makeMemoryQueues } from './memory/queueTable.ts';
import {
  makeMemoryBlobs,
  makeMemoryDays,
  makeMemoryDeadLetters,
  makeMemoryKeys,
  makeMemoryStandings,
} from './memory/smallTables.ts';
import { makeMemoryRooms } from './memory/waitingTable.ts';
import type { BackgroundWork, Instance, World } from './world.ts';
import { isFrozen, violate } from './world.ts';

/** Between the moments that two instances' monotonic clocks count from. */
const MONOTONIC_APART_MS = 2 * 86_400_000;

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
  const boundary = boundaryOf(world, () => instance);
  const ports = world.wrap(portsOf(world, boundary, state), world, name);
  const mailer = makeMailer(ports, world.breakRules?.(rules) ?? rules, (level, text) => {
    if (state.isDead) return;
    world.logLines.push(`${name} ${level} ${text}`);
    world.trace?.(`   ${name} ${level}: ${text}`);
  });
  const instance: Instance = Object.assign(state, { mailer });
  world.instances.push(instance);
  return instance;
}

/** Each call waits until the scheduler lets it happen; those of an instance that has ended wait for ever. */
function boundaryOf(world: World, instance: () => Instance): Boundary {
  return (kind, name, run) =>
    new Promise((resolve, reject) => {
      const caller = instance();
      if (caller.isDead) return;
      const settle = resolve as (value: unknown) => void;
      world.pending.push({
        instance: caller,
        kind,
        name,
        since: world.time.now,
        run,
        resolve: settle,
        reject,
      });
    });
}

/** What is known of an instance before its mailer is made. */
type State = Omit<Instance, 'mailer'>;

function clockOf({ time, rules, sleepers, random }: World, state: State): Clock {
  // Counted from any moment: two instances' have nothing to do with each other, nor with the time of day.
  const origin = random.between(-MONOTONIC_APART_MS, MONOTONIC_APART_MS);
  return {
    now() {
      if (time.now - state.heardAt > rules.durations.clockLife) {
        throw new Unavailable('Storage', new Error('the time is not known'));
      }
      return time.now + state.skewMs;
    },
    monotonic: () => time.now + origin,
    sleep: (ms) =>
      new Promise((resolve) => {
        sleepers.push({ instance: state as Instance, ms, at: time.now + ms, wake: resolve });
      }),
  };
}

function backgroundOf({ time, background }: World, state: State): Background {
  return {
    every(ms, work) {
      const one: BackgroundWork = {
        instance: state as Instance,
        ms,
        work,
        dueAt: time.now + ms,
        isRunning: false,
      };
      if (!state.isDead) background.push(one);
      return () => {
        if (background.includes(one)) background.splice(background.indexOf(one), 1);
      };
    },
  };
}

function portsOf(world: World, boundary: Boundary, state: State): Ports {
  const { messages, waiting, queues, small, ledger, apps, vault, hve, time, random, rules } = world;
  const clock = clockOf(world, state);
  const chance: Chance = {
    random: () => random.next(),
    bytes: (size) => Uint8Array.from({ length: size }, () => random.between(0, 255)),
  };
  return {
    store: makeMemoryStore(messages, boundary),
    rooms: makeMemoryRooms(waiting, boundary),
    queues: makeMemoryQueues(queues, boundary, () => time.now),
    queueGauge: { look: async () => [] },
    days: makeMemoryDays(small, boundary),
    standings: makeMemoryStandings(small, boundary),
    deadLetters: makeMemoryDeadLetters(small, boundary),
    keys: makeMemoryKeys(small, boundary),
    apps: makeMemoryApps(apps, boundary),
    blobs: makeMemoryBlobs(small, boundary),
    ledger: makeMemoryLedger(ledger, boundary),
    codec: { pack: (text) => Buffer.from(text), unpack: (bytes) => Buffer.from(bytes).toString() },
    composer: {
      compose: async () => ({ bytes: new Uint8Array(100) }),
      sizeOnTheWire: (mail) => mail.bytes.length,
    },
    transport: makeModelTransport(hve, boundary, {
      instance: state.name,
      now: () => time.now,
      nowByInstance: () => clock.now(),
      transactionMs: rules.durations.transaction,
      dataMs: rules.durations.dataTimeout,
    }),
    secrets: makeMemorySecrets(vault, boundary),
    tokens: null,
    clock,
    chance,
    background: backgroundOf(world, state),
  };
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
