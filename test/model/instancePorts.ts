/** An instance's ports: over the one storage, each call waiting until the scheduler lets it happen. */
import { SILENT_TELEMETRY } from '../../shared/adapters/telemetry/silentTelemetry.ts';
import type { Background, Chance, Clock, Ports } from '../../shared/ports.ts';
import { Unavailable } from '../../shared/ports.ts';
import type { Boundary } from './memory/boundary.ts';
import { makeMemoryApps } from './memory/memoryApps.ts';
import { makeMemoryKept } from './memory/memoryKept.ts';
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
  makeMemoryNotes,
  makeMemoryStandings,
} from './memory/smallTables.ts';
import { makeMemoryRooms } from './memory/waitingTable.ts';
import type { BackgroundWork, Instance, World } from './world.ts';

/** Between the moments that two instances' monotonic clocks count from. */
const MONOTONIC_APART_MS = 2 * 86_400_000;

/** What is known of an instance before its mailer is made; it becomes the instance. */
type State = Omit<Instance, 'mailer'>;

/** Each call waits until the scheduler lets it happen; those of an instance that has ended wait for ever. */
function boundaryOf(world: World, state: State): Boundary {
  return (kind, name, run) =>
    new Promise((resolve, reject) => {
      if (state.isDead) return;
      const settle = resolve as (value: unknown) => void;
      world.pending.push({
        instance: state as Instance,
        kind,
        name,
        since: world.time.now,
        run,
        resolve: settle,
        reject,
      });
    });
}

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

/** What an instance's mailer stands on. */
export function portsOf(world: World, state: State): Ports {
  const { messages, waiting, queues, small, ledger, apps, vault, hve, time, random, rules } = world;
  const boundary = boundaryOf(world, state);
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
    blobs: makeMemoryBlobs(small, boundary, () => time.now),
    ledger: makeMemoryLedger(ledger, boundary),
    kept: makeMemoryKept(messages, boundary),
    retentionNotes: makeMemoryNotes(small, boundary),
    codec: { pack: (text) => Buffer.from(text), unpack: (bytes) => bytes },
    composer: {
      compose: async () => ({ pieces: [new Uint8Array(100)], sizeBytes: 100 }),
      sizeOnTheWire: (mail) => mail.sizeBytes,
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
    // The model asks for no deep health.
    mailServer: { inspect: async () => Promise.reject(new Error('the model has no server to look at')) },
    storageInspector: { inspect: async () => ({ services: [], machineAheadMs: 0 }) },
    telemetry: SILENT_TELEMETRY,
    clock,
    chance,
    background: backgroundOf(world, state),
  };
}
