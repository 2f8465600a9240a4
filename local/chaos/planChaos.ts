import type { FaultRequest } from '../simulator/faults.ts';
import type { ChaosOptions } from './chaosOptions.ts';
import { lossFaults, ruleFaults } from './planFaults.ts';
import type { ServerFault } from './planFaults.ts';
import { externalAfter, planMessages } from './planMessages.ts';
import type { MessagesPlan, Submission } from './planMessages.ts';
import { makeRandom } from './random.ts';
import type { SeededRandom } from './random.ts';

/** What is done to the stack; `atMs` from the start of the run. */
export type Action =
  | { readonly kind: 'kill'; readonly atMs: number; readonly host: number }
  | { readonly kind: 'pauseStorage'; readonly atMs: number; readonly forMs: number };

/** A fault that stops nothing but what it strikes. */
export interface TimedFault {
  readonly atMs: number;
  readonly fault: FaultRequest;
}

/** A fault that stops an account, all external mail or the tenant. */
export interface Stop extends ServerFault {
  /** After the one before is over. */
  readonly afterMs: number;
}

export interface ChaosPlan {
  /** Messages come and things go wrong for so long. */
  readonly phaseMs: number;
  readonly submissions: readonly Submission[];
  /** In the order of their times. */
  readonly actions: readonly Action[];
  /** In the order of their times. */
  readonly faults: readonly TimedFault[];
  /** One after the other, as many as the phase has time for. */
  readonly stops: readonly Stop[];
}

/** Two cores take in some fifteen messages a second while all this happens. */
const MS_PER_MESSAGE = 70;
/** A host needs about two seconds to be up again, and shall have had work when it is killed the next time. */
const MS_PER_KILL = 5000;
const PHASE_AT_LEAST_MS = 15_000;

const MESSAGES_PER_LOSS = 60;
/** So many drops and stalls at the end of the data at the most: each stall holds one of few connections until its timeout. */
const LOSSES_AT_MOST = 12;
const KILLS_PER_PAUSE = 4;
/** Some shorter and some longer than the app waits for one answer of its storage. */
const PAUSE_MS = { from: 500, to: 9000 } as const;
/** Faster, and they would stand behind each other. */
const MS_PER_FAULT = 1000;
/** What is set last must still meet somebody. */
const FAULTS_END = 0.85;
/** Time for mail to go between two stops. */
const STOP_AFTER_MS = { from: 500, to: 2500 } as const;

/** All that a run does, out of the seed. */
export function planChaos(
  { messages, hosts, kills, seed }: ChaosOptions,
  organisation: Pick<MessagesPlan, 'accounts' | 'internalDomain'>,
): ChaosPlan {
  const random = makeRandom(seed);
  const phaseMs = Math.max(PHASE_AT_LEAST_MS, messages * MS_PER_MESSAGE, kills * MS_PER_KILL);
  const submissions = planMessages({ messages, seed, phaseMs, ...organisation }, random);
  const actions: Action[] = [
    ...random.spread(kills, phaseMs).map((atMs): Action => {
      return { kind: 'kill', atMs, host: random.between(1, hosts) };
    }),
    ...random.spread(Math.ceil(kills / KILLS_PER_PAUSE), phaseMs).map((atMs): Action => {
      return { kind: 'pauseStorage', atMs, forMs: random.between(PAUSE_MS.from, PAUSE_MS.to) };
    }),
  ];
  const faults = planFaults(submissions, phaseMs, random);
  const stops = random.shuffle([...ruleFaults(), ...lossFaults(1)].filter(({ stops }) => stops));
  return {
    phaseMs,
    submissions,
    actions: actions.toSorted((a, b) => a.atMs - b.atMs),
    faults,
    stops: stops.map((stop): Stop => {
      return Object.assign(stop, { afterMs: random.between(STOP_AFTER_MS.from, STOP_AFTER_MS.to) });
    }),
  };
}

function planFaults(
  submissions: readonly Submission[],
  phaseMs: number,
  random: SeededRandom,
): readonly TimedFault[] {
  const atEnd = Math.min(LOSSES_AT_MOST, Math.max(1, Math.floor(submissions.length / MESSAGES_PER_LOSS)));
  const losses = lossFaults(atEnd);
  // A short run has no time for all: what leaves an outcome unknown comes first.
  const wanted = [
    ...losses.filter(isDoubtful),
    ...random.shuffle([...ruleFaults(), ...losses.filter((loss) => !isDoubtful(loss))]),
  ];
  const faults = random.shuffle(
    wanted.filter(({ stops }) => !stops).slice(0, Math.floor(phaseMs / MS_PER_FAULT)),
  );
  const at = random.spread(faults.length, phaseMs * FAULTS_END);
  return faults.flatMap(({ fault, external }, place): TimedFault[] => {
    const atMs = at[place] ?? 0;
    if (!external) return [{ atMs, fault }];
    const address = externalAfter(submissions, atMs);
    return address === null ? [] : [{ atMs, fault: { ...fault, address } }];
  });
}

/** It may leave an outcome unknown. */
function isDoubtful({ fault }: ServerFault): boolean {
  return fault.stage === 'end-of-data';
}
