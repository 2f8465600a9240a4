/** Instances over the one storage: how one starts, how its calls wait for the scheduler, and how it ends. */
import type { Mailer } from '../../shared/flows/mailer.ts';
import { makeMailer } from '../../shared/flows/mailer.ts';
import type { Chance, Clock, Ports } from '../../shared/ports.ts';
import { Unavailable } from '../../shared/ports.ts';
import type { Boundary } from './memory/boundary.ts';
import { makeMemoryQuota } from './memory/memoryQuota.ts';
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
import type { Instance, World } from './world.ts';

export function startInstance(world: World): Instance {
  const { time, random, profile, count } = world;
  const name = `i${++count.made}`;
  const state = {
    name,
    isDead: false,
    isStopping: false,
    frozenUntil: 0,
    wasFrozen: false,
    skewMs: world.skewOf?.(count.made) ?? random.between(-profile.skewMs, profile.skewMs),
    heardAt: time.now,
  };
  const boundary = boundaryOf(world, () => instance);
  const clock = clockOf(world, state);
  const ports = world.wrap(portsOf(world, boundary, clock, name), world, name);
  const mailer = makeMailer(ports, { ...world.rules, instance: name }, (level, text) => {
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

function clockOf(
  { time, rules, sleepers }: World,
  state: { readonly skewMs: number; heardAt: number; isDead: boolean },
): Clock {
  return {
    now() {
      if (time.now - state.heardAt > rules.durations.clockLife) {
        throw new Unavailable('Storage', new Error('the time is not known'));
      }
      return time.now + state.skewMs;
    },
    monotonic: () => time.now,
    sleep: (ms) =>
      new Promise((resolve) => {
        sleepers.push({ instance: state as Instance, at: time.now + ms, wake: resolve });
      }),
  };
}

function portsOf(world: World, boundary: Boundary, clock: Clock, instance: string): Ports {
  const { messages, waiting, queues, small, ledger, vault, hve, time, random, rules } = world;
  const chance: Chance = {
    random: () => random.next(),
    bytes: (size) => Uint8Array.from({ length: size }, () => random.between(0, 255)),
  };
  return {
    store: makeMemoryStore(messages, boundary),
    rooms: makeMemoryRooms(waiting, boundary),
    queues: makeMemoryQueues(queues, boundary, () => time.now),
    days: makeMemoryDays(small, boundary),
    standings: makeMemoryStandings(small, boundary),
    deadLetters: makeMemoryDeadLetters(small, boundary),
    keys: makeMemoryKeys(small, boundary),
    apps: { read: async () => null, write: async () => undefined },
    blobs: makeMemoryBlobs(small, boundary),
    quota: makeMemoryQuota(ledger, boundary, {
      windows: rules.windows,
      calendar: rules.calendar,
      limits: () => world.ledgerLimits,
      spendWithinMs: rules.durations.lease,
      clock,
    }),
    codec: { pack: (text) => Buffer.from(text), unpack: (bytes) => Buffer.from(bytes).toString() },
    composer: {
      compose: async () => ({ bytes: new Uint8Array(100) }),
      sizeOnTheWire: (mail) => mail.bytes.length,
    },
    transport: makeModelTransport(hve, boundary, {
      instance,
      now: () => time.now,
      nowByInstance: () => clock.now(),
      transactionMs: rules.durations.transaction,
      dataMs: rules.durations.dataTimeout,
    }),
    secrets: makeMemorySecrets(vault, boundary),
    tokens: null,
    clock,
    chance,
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

/** The process ends: nothing of it goes on. Of what was under way some has reached the other side, the rest never does. */
export function crash(world: World, instance: Instance): void {
  const { pending, ghosts, sleepers, tasks, random, time } = world;
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
  for (const [number, task] of tasks) if (task.instance === instance) tasks.delete(number);
  world.instances.splice(world.instances.indexOf(instance), 1);
}
