/**
 * One run's world: the shared storage, the server, the instances, and all that waits to happen. Nothing happens by
 * itself: the scheduler (runModel.ts) picks one thing after another, by the run's seed.
 */
import type { Delivery } from '../../shared/core/delivery.ts';
import type { Mailer, Rules } from '../../shared/flows/mailer.ts';
import type { Ports } from '../../shared/ports.ts';
import type { EffectKind } from './memory/boundary.ts';
import type { Hve } from './memory/modelHve.ts';
import { makeHve } from './memory/modelHve.ts';
import type { AppTable } from './memory/memoryApps.ts';
import { makeAppTable } from './memory/memoryApps.ts';
import type { LedgerTable } from './memory/memoryLedger.ts';
import { makeLedgerTable } from './memory/memoryLedger.ts';
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
import { APPS } from './profile.ts';
import type { Random } from './random.ts';
import { makeRandom } from './random.ts';

/** A functions host with one mailer. Its memory ends with it; a new one starts fresh. */
export interface Instance {
  readonly name: string;
  /** What it was started with. */
  readonly rules: Rules;
  readonly mailer: Mailer;
  isDead: boolean;
  /** It was told to end, and takes nothing new. */
  isStopping: boolean;
  /** Its process stands still until then: nothing of it goes on, and its calls happen afterwards. */
  frozenUntil: number;
  /** It stood still once. From then on only time may be against it: what else would be lost is the backstop's. */
  wasFrozen: boolean;
  stoodStillMs: number;
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
  readonly ms: number;
  readonly at: number;
  readonly wake: () => void;
}

/** What an instance does again and again beside the triggers. It ends with it. */
export interface BackgroundWork {
  readonly instance: Instance;
  readonly ms: number;
  readonly work: () => Promise<void>;
  dueAt: number;
  isRunning: boolean;
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
  /** Those that instances are started with now: a deployment brings others. */
  rules: Rules;
  /** Of every instance that ever was, by its name. */
  readonly rulesOf: Map<string, Rules>;
  readonly wrap: Wrap;
  readonly time: { now: number };
  readonly startedAt: number;
  readonly messages: MessageTable;
  readonly waiting: WaitingTable;
  readonly queues: QueueTable;
  readonly small: SmallTables;
  readonly ledger: LedgerTable;
  readonly apps: AppTable;
  readonly vault: Vault;
  readonly hve: Hve;
  readonly instances: Instance[];
  readonly pending: Pending[];
  readonly ghosts: Ghost[];
  readonly sleepers: Sleeper[];
  readonly background: BackgroundWork[];
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
  /** What an instance goes by, where a test breaks that. */
  breakRules: ((rules: Rules) => Rules) | null;
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
  ledgerChanges: number;
  /** Sweeps that had a dead instance's lease before them. */
  deadSweeps: number;
  ticks: number;
  /** Changes of the settings, and of what is laid down for apps, since the run began. */
  deployments: number;
  ruleChanges: number;
  /** Claims of an instance that stood still, on leases that were over. */
  lateClaims: number;
}

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
  const apps = makeAppTable();
  for (const [n, name] of APPS.entries()) {
    const quotaPerDay = profile.appLimits[n] ?? null;
    if (quotaPerDay !== null)
      apps.rules.set(name, { name, accounts: null, quotaPerDay, highestPriority: null });
  }
  return {
    seed,
    random: makeRandom(seed),
    profile,
    rules,
    rulesOf: new Map(),
    wrap,
    time: { now: profile.startsAt },
    startedAt: profile.startsAt,
    messages: makeMessageTable(),
    waiting: makeWaitingTable(),
    queues: makeQueueTable(),
    small: makeSmallTables(),
    ledger: makeLedgerTable(),
    apps,
    vault,
    hve: makeHve(),
    instances: [],
    pending: [],
    ghosts: [],
    sleepers: [],
    background: [],
    tasks: new Map(),
    promised: new Map(),
    redriven: new Set(),
    logLines: [],
    logLinesOfFaults: 0,
    violations: [],
    ignored,
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
      ledgerChanges: 0,
      deadSweeps: 0,
      ticks: 0,
      deployments: 0,
      ruleChanges: 0,
      lateClaims: 0,
    },
    breakRules: null,
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
