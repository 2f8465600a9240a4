/**
 * One run's world: the shared storage, the server, the instances, and all that waits to happen. Nothing happens by
 * itself: the scheduler (runModel.ts) picks one thing after another, by the run's seed.
 */
import type { Delivery } from '../../shared/core/delivery.ts';
import type { ScopeLimits } from '../../shared/core/quotaLedger.ts';
import type { Mailer, Rules } from '../../shared/flows/mailer.ts';
import type { Ports } from '../../shared/ports.ts';
import type { EffectKind } from './memory/boundary.ts';
import type { Hve } from './memory/modelHve.ts';
import { makeHve } from './memory/modelHve.ts';
import type { Ledger } from './memory/memoryQuota.ts';
import { makeLedger } from './memory/memoryQuota.ts';
import type { Vault } from './memory/memorySecrets.ts';
import type { MessageTable } from './memory/messageTable.ts';
import { makeMessageTable } from './memory/messageTable.ts';
import type { QueueTable } from './memory/queueTable.ts';
import { makeQueueTable } from './memory/queueTable.ts';
import type { SmallTables } from './memory/smallTables.ts';
import { makeSmallTables } from './memory/smallTables.ts';
import type { WaitingTable } from './memory/waitingTable.ts';
import { makeWaitingTable } from './memory/waitingTable.ts';
import type { Profile } from './profile.ts';
import type { Random } from './random.ts';
import { makeRandom } from './random.ts';

/** A functions host with one mailer. Its memory ends with it; a new one starts fresh. */
export interface Instance {
  readonly name: string;
  readonly mailer: Mailer;
  isDead: boolean;
  /** It was told to end, and takes nothing new. */
  isStopping: boolean;
  /** Its process stands still until then: nothing of it goes on, and its calls happen afterwards. */
  frozenUntil: number;
  /** It stood still once. From then on only time may be against it: what else would be lost is the backstop's. */
  wasFrozen: boolean;
  /** By how much its clock is ahead of the world's. */
  readonly skewMs: number;
  /** When Storage answered last: without that its clock is not known (R9). */
  heardAt: number;
}

/** A port's call that has not happened yet. */
export interface Pending {
  readonly instance: Instance;
  readonly kind: EffectKind;
  readonly name: string;
  readonly since: number;
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A write whose answer was lost, and which still lands. */
export interface Ghost {
  readonly name: string;
  readonly by: number;
  readonly run: () => unknown;
}

export interface Sleeper {
  readonly instance: Instance;
  readonly at: number;
  readonly wake: () => void;
}

export interface Violation {
  readonly invariant: string;
  readonly text: string;
}

/** A port's wrapper: breaks a rule on purpose. */
export type Wrap = (ports: Ports, world: World, instance: string) => Ports;

/** What producers were promised. */
export interface Promised {
  readonly id: string;
  readonly how: 'http' | 'outbox';
  readonly key: string | null;
}

export interface World {
  readonly seed: number;
  readonly random: Random;
  readonly profile: Profile;
  readonly rules: Rules;
  readonly wrap: Wrap;
  readonly time: { now: number };
  readonly startedAt: number;
  readonly messages: MessageTable;
  readonly waiting: WaitingTable;
  readonly queues: QueueTable;
  readonly small: SmallTables;
  readonly ledger: Ledger;
  /** What the ledger goes by; the rules', unless a test breaks that. */
  ledgerLimits: ScopeLimits;
  readonly vault: Vault;
  readonly hve: Hve;
  readonly instances: Instance[];
  readonly pending: Pending[];
  readonly ghosts: Ghost[];
  readonly sleepers: Sleeper[];
  /** Labels of the tasks that run, by a number of their own. */
  readonly tasks: Map<number, { readonly label: string; readonly instance: Instance }>;
  readonly promised: Map<string, Promised>;
  /** Messages that a person wanted to redrive: what is final may go again. */
  readonly redriven: Set<string>;
  readonly logLines: string[];
  /** How many of them there were when the faults stopped. */
  logLinesOfFaults: number;
  readonly violations: Violation[];
  /** Invariants that this run does not look at, so that what follows from a broken one shows. */
  readonly ignored: ReadonlySet<string>;
  readonly count: Counters;
  /** By how much the n-th instance's clock is ahead, where a test breaks that. */
  skewOf: ((instance: number) => number) | null;
  /** While true, things fail. */
  isFaulty: boolean;
  outageUntil: number;
  trace: ((line: string) => void) | null;
}

/** What the bound of storage operations is made of. */
export interface Counters {
  made: number;
  tasks: number;
  steps: number;
  operations: number;
  sweeps: number;
  sweptRooms: number;
  dayScans: number;
  timers: number;
  taken: number;
  accepts: number;
  faults: number;
  crashes: number;
  rowWrites: number;
}

const START = Date.parse('2026-11-24T09:00:00Z');

export function makeWorld(
  seed: number,
  { profile, rules, wrap, trace, ignored }: Pick<World, 'profile' | 'rules' | 'wrap' | 'trace' | 'ignored'>,
): World {
  const vault: Vault = {
    secrets: new Map(
      ['hve-password', 'payroll-password'].map((name) => [
        name,
        { value: name, version: '1', enabled: true },
      ]),
    ),
    faultOf: () => null,
  };
  return {
    seed,
    random: makeRandom(seed),
    profile,
    rules,
    wrap,
    time: { now: START },
    startedAt: START,
    messages: makeMessageTable(),
    waiting: makeWaitingTable(),
    queues: makeQueueTable(),
    small: makeSmallTables(),
    ledger: makeLedger(),
    vault,
    hve: makeHve(),
    instances: [],
    pending: [],
    ghosts: [],
    sleepers: [],
    tasks: new Map(),
    promised: new Map(),
    redriven: new Set(),
    logLines: [],
    logLinesOfFaults: 0,
    violations: [],
    ignored,
    ledgerLimits: rules.limits,
    count: {
      made: 0,
      tasks: 0,
      steps: 0,
      operations: 0,
      sweeps: 0,
      sweptRooms: 0,
      dayScans: 0,
      timers: 0,
      taken: 0,
      accepts: 0,
      faults: 0,
      crashes: 0,
      rowWrites: 0,
    },
    skewOf: null,
    isFaulty: true,
    outageUntil: 0,
    trace,
  };
}

export function isFrozen({ time }: World, instance: Instance): boolean {
  return instance.frozenUntil > time.now;
}

export function violate(world: World, invariant: string, text: string): void {
  if (world.ignored.has(invariant)) return;
  world.violations.push({ invariant, text });
  world.trace?.(`!! ${invariant}: ${text}`);
}

export function nameOf(delivery: Pick<Delivery, 'id' | 'delivery'>): string {
  return `${delivery.id}.${delivery.delivery}`;
}
