import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRequest } from '../simulator/faults.ts';
import type { Stack } from '../stack/startStack.ts';
import type { Faults } from './faults.ts';
import { pauseProcess } from './pauseProcess.ts';
import type { Action, ChaosPlan, Stop } from './planChaos.ts';
import { externalAfter } from './planMessages.ts';

/** What was done so far. */
export interface Torment {
  kills: number;
  pauses: number;
  isStoragePaused: boolean;
  /** An account, all external mail or the tenant is stopped. */
  isStopped: boolean;
}

export interface TormentOptions {
  readonly stack: Stack;
  readonly plan: ChaosPlan;
  readonly faults: Faults;
  /** Nothing is in trouble any more, as the app sees it. Rejects where it cannot say. */
  readonly isHealthy: () => Promise<boolean>;
  /** Gets what was done so far. */
  readonly torment: Torment;
  /** `performance.now()` of the run's start. */
  readonly startMs: number;
  /** Gets a line for each action: what the hosts' log is to be read beside. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A killed host is back within seconds; on a machine under load later. */
const HOST_PATIENCE_MS = 60_000;
/** So long a stop waits for what was set before to strike, then to strike itself, then for its end. */
const CALM_PATIENCE_MS = 3000;
const STRIKE_PATIENCE_MS = 6000;
const RECOVERY_PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 250;

/** Carries out all of the plan, each kind beside the others; resolves when all is done, or the phase is over. */
export async function tormentStack(options: TormentOptions): Promise<void> {
  await Promise.all([carryOutActions(options), setFaults(options), carryOutStops(options)]);
}

/** Each at its time; a pause of the storage lasts while others follow. */
async function carryOutActions(options: TormentOptions): Promise<void> {
  const { plan, torment, startMs, note, signal } = options;
  const pauses: Promise<void>[] = [];
  for (const action of plan.actions) {
    await wait(startMs + action.atMs - performance.now(), signal);
    if (signal.aborted) break;
    note(`chaos ${JSON.stringify(action)}`);
    if (action.kind === 'kill') await killHost(action.host, options);
    // One pause at a time.
    else if (!torment.isStoragePaused) pauses.push(pauseStorage(action, options));
  }
  await Promise.all(pauses);
}

/**
 * Each at its time, but none while something is stopped: then only probes go, and would meet one after the other of them,
 * so that a stop of seconds would last as long as there are faults.
 */
async function setFaults({ plan, faults, torment, startMs, note, signal }: TormentOptions): Promise<void> {
  const endMs = startMs + plan.phaseMs;
  for (const { atMs, fault } of plan.faults) {
    await wait(startMs + atMs - performance.now(), signal);
    while (torment.isStopped && performance.now() < endMs && !signal.aborted)
      await wait(LOOK_AGAIN_MS, signal);
    if (performance.now() > endMs || signal.aborted) return;
    note(`chaos fault ${JSON.stringify(fault)}`);
    await faults.set(fault);
    // Those that had to wait do not come all at once.
    await wait(LOOK_AGAIN_MS, signal);
  }
}

/** That host, or another one where it is being started again: whatever was planned is done. */
async function killHost(number: number, { stack, torment, signal }: TormentOptions): Promise<void> {
  const deadlineMs = performance.now() + HOST_PATIENCE_MS;
  const inOrder = [...stack.hosts.slice(number - 1), ...stack.hosts.slice(0, number - 1)];
  while (performance.now() < deadlineMs && !signal.aborted) {
    const host = inOrder.map((slot) => slot.host()).find((running) => running !== null);
    if (host !== undefined && host !== null) {
      host.kill();
      await host.ended;
      torment.kills++;
      return;
    }
    await wait(LOOK_AGAIN_MS, signal);
  }
}

async function pauseStorage(
  { forMs }: Extract<Action, { kind: 'pauseStorage' }>,
  { stack, torment, signal }: TormentOptions,
): Promise<void> {
  const pid = stack.storagePid();
  if (pid === null) return;
  torment.pauses++;
  torment.isStoragePaused = true;
  await pauseProcess(pid, forMs, signal);
  torment.isStoragePaused = false;
}

/**
 * One at a time: each trouble that meets the next one is looked at after twice as long, and with all of them at once the
 * run would be one long pause.
 */
async function carryOutStops(options: TormentOptions): Promise<void> {
  const { plan, faults, isHealthy, torment, startMs, note, signal } = options;
  const endMs = startMs + plan.phaseMs;
  const until = async (holds: () => Promise<boolean>, patienceMs: number): Promise<void> => {
    const deadlineMs = Math.min(performance.now() + patienceMs, endMs);
    while (performance.now() < deadlineMs && !signal.aborted && !(await holds())) {
      await wait(LOOK_AGAIN_MS, signal);
    }
  };
  for (const stop of plan.stops) {
    await wait(stop.afterMs, signal);
    if (performance.now() > endMs || signal.aborted) return;
    const fault = aim(stop, plan, performance.now() - startMs);
    if (fault === null) continue;
    torment.isStopped = true;
    await until(async () => (await faults.standing()).size === 0, CALM_PATIENCE_MS);
    note(`chaos stop ${JSON.stringify(fault)}`);
    const id = await faults.set(fault);
    // Only who connects anew meets it.
    if (fault.stage === 'connect' || fault.stage === 'auth') {
      await faults.set({ reply: 'drop', stage: 'mail', count: 1 });
    }
    await until(async () => !(await faults.standing()).has(id), STRIKE_PATIENCE_MS);
    await faults.remove(id);
    await until(async () => isHealthy().catch(() => false), RECOVERY_PATIENCE_MS);
    torment.isStopped = false;
  }
}

/** What is said of external mail is said of one that is still to come; null: there is none. */
function aim({ fault, external }: Stop, { submissions }: ChaosPlan, nowMs: number): FaultRequest | null {
  if (!external) return fault;
  const address = externalAfter(submissions, nowMs);
  return address === null ? null : { ...fault, address };
}

async function wait(forMs: number, signal: AbortSignal): Promise<void> {
  if (forMs > 0) await sleep(forMs, undefined, { signal }).catch(() => undefined);
}
