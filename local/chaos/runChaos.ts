import { createWriteStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { QUEUES } from '../../shared/core/storageNames.ts';
import { readHostJson } from '../host/hostJson.ts';
import type { Environment } from '../stack/appSettings.ts';
import { startStack } from '../stack/startStack.ts';
import type { Stack } from '../stack/startStack.ts';
import type { ChaosOptions } from './chaosOptions.ts';
import { makeFaults } from './faults.ts';
import { describeRun, isGood } from './describeRun.ts';
import type { RunFacts } from './describeRun.ts';
import { judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import { planChaos } from './planChaos.ts';
import type { ChaosPlan } from './planChaos.ts';
import { ruleFaults } from './planFaults.ts';
import { boundQuota } from './quotaBounds.ts';
import type { QuotaVerdict } from './quotaBounds.ts';
import { makeRecords } from './records.ts';
import { settle, settledUsage } from './settle.ts';
import { submitAll } from './submit.ts';
import type { Receipt } from './submit.ts';
import { tormentStack } from './torment.ts';
import type { Torment } from './torment.ts';

export interface RunChaosOptions {
  readonly options: ChaosOptions;
  /** The project's folder; the app is built. */
  readonly root: string;
  /** An empty folder, for storage, inbox and `hosts.log`. */
  readonly stateDir: string;
  readonly env: Environment;
  /** Gets what is to be shown, line by line. */
  readonly write: (line: string) => void;
  /** Aborted: it stops all and judges what there is by then. */
  readonly signal: AbortSignal;
}

export interface ChaosResult {
  readonly good: boolean;
  readonly verdict: Verdict;
  readonly quota: QuotaVerdict;
  readonly facts: RunFacts;
}

const PROGRESS_MS = 5000;
/** The longest wait of a message that nothing stops any more: trouble and retries step up to an hour. */
const LONGEST_WAIT_MS = 3_600_000;
/** Beside the waits, so long for the work itself: on two cores that others use too. */
const SETTLE_AT_LEAST_MS = 60_000;
const SETTLE_PER_MESSAGE_MS = 100;

/** A whole run: starts the stack, submits and torments, waits until all is settled, stops the stack, and says what came of it. */
export async function runChaos(run: RunChaosOptions): Promise<ChaosResult> {
  const { options, root, stateDir, env, write, signal } = run;
  // A bundle of its own: a build meanwhile must not change what is started again.
  await mkdir(join(stateDir, 'app'), { recursive: true });
  const bundle = join(stateDir, 'app', 'main.cjs');
  await copyFile(join(root, 'dist', 'main.cjs'), bundle);
  const hostJson = join(root, 'host.json');
  const log = createWriteStream(join(stateDir, 'hosts.log'));
  const note = (line: string): void => void log.write(`${new Date().toISOString()} ${line}\n`);
  try {
    const stack = await startStack({
      stateDir,
      bundle,
      hostJson,
      env: { ...env, ...chaosSettings(options) },
      hosts: options.hosts,
      say: (line) => note(`stack ${line}`),
      onHostLine: (host, line) => note(`host${host} ${line}`),
      signal,
    });
    try {
      return await torture(stack, deliveriesAtOnce(hostJson), run, note);
    } finally {
      await stack.stop();
    }
  } finally {
    log.end();
    await once(log, 'close');
    if (signal.aborted) write('Stopped before its end.');
  }
}

/** What one host works on at the most: each queue has its own function. */
function deliveriesAtOnce(hostJson: string): number {
  const { batchSize, newBatchThreshold } = readHostJson(hostJson).queues;
  return (batchSize + newBatchThreshold) * Object.keys(QUEUES).length;
}

/** The last 24 hours as the window: a run over midnight counts as any other. */
function chaosSettings({ timeScale }: ChaosOptions): Environment {
  return { HVE_LOCAL_TIME_SCALE: String(timeScale), HVE_WINDOW: 'rolling' };
}

async function torture(
  stack: Stack,
  atOnce: number,
  { options, write, signal }: RunChaosOptions,
  note: (line: string) => void,
): Promise<ChaosResult> {
  const [account, ...others] = stack.accounts.map(({ address }) => address);
  const [internalDomain] = stack.internalDomains;
  if (account === undefined || internalDomain === undefined) throw new Error('The stack has no account.');
  const plan = planChaos(options, { accounts: [account, ...others], internalDomain });
  const { hosts, kills, seed } = options;
  write(
    `${plan.submissions.length} messages over ${Math.round(plan.phaseMs / 1000)} s, ${hosts} hosts, ${kills} kills, seed ${seed}, time scale ${options.timeScale}`,
  );
  const startMs = performance.now();
  const torment: Torment = { kills: 0, pauses: 0, isStoragePaused: false };
  const receipts: Receipt[] = [];
  const state = { open: -1 };
  const endpoints = stack.endpoints();
  const faults = makeFaults(endpoints.inbox);
  const records = makeRecords(endpoints);
  const { isHealthy } = records;
  const progress = setInterval(() => {
    write(
      describeProgress(
        performance.now() - startMs,
        receipts.length,
        plan,
        torment,
        faults.count(),
        state.open,
      ),
    );
  }, PROGRESS_MS);
  try {
    const { submissions } = plan;
    const onReceipt = (receipt: Receipt): void => void receipts.push(receipt);
    await together(signal, (signal) => [
      submitAll({ endpoints, submissions, startMs, onReceipt, signal }),
      tormentStack({ stack, plan, faults, isHealthy, torment, startMs, note, signal }),
    ]);
    await faults.clear();
    const settleMs =
      Math.max(SETTLE_AT_LEAST_MS, plan.submissions.length * SETTLE_PER_MESSAGE_MS) +
      LONGEST_WAIT_MS / options.timeScale;
    const evidence = await settle({
      records,
      inboxUrl: endpoints.inbox,
      receipts,
      deadlineMs: performance.now() + settleMs,
      onOpen: (open) => void (state.open = open),
      signal,
    });
    const verdict = judge(evidence);
    const used = await settledUsage(records, verdict.acceptedByRecord + verdict.unknownSpends);
    const quota = boundQuota(verdict, {
      used,
      kills: torment.kills,
      pauses: torment.pauses,
      hosts,
      deliveriesAtOnce: atOnce,
    });
    const producible = ruleFaults().map(({ fault }) => fault.reply);
    const struck = faults.struck();
    const replies = new Set(struck.map(({ reply }) => reply));
    const facts: RunFacts = {
      kills: torment.kills,
      pauses: torment.pauses,
      faultsSet: faults.count(),
      faultsStruck: struck.length,
      rowsStruck: new Set(producible.filter((reply) => replies.has(reply))).size,
      rows: new Set(producible).size,
      tookMs: performance.now() - startMs,
    };
    write('');
    for (const line of describeRun(verdict, quota, facts)) write(line);
    return { good: isGood(verdict, quota), verdict, quota, facts };
  } finally {
    clearInterval(progress);
  }
}

/** Until all have ended: where one fails the others are told to stop, so that nothing goes on beside the clearing up. */
async function together(
  signal: AbortSignal,
  start: (signal: AbortSignal) => readonly Promise<void>[],
): Promise<void> {
  const failing = new AbortController();
  const all = start(AbortSignal.any([signal, failing.signal]));
  for (const one of all) one.catch(() => failing.abort());
  const failed = (await Promise.allSettled(all)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function describeProgress(
  sinceMs: number,
  submitted: number,
  { submissions }: ChaosPlan,
  { kills, pauses, isStoragePaused }: Torment,
  faults: number,
  open: number,
): string {
  const parts = [
    `${Math.round(sinceMs / 1000)} s`,
    `submitted ${submitted} of ${submissions.length}`,
    `kills ${kills}`,
    `pauses ${pauses}${isStoragePaused ? ' (paused now)' : ''}`,
    `faults ${faults}`,
    ...(open < 0 ? [] : [`not final ${open}`]),
  ];
  return parts.join(' | ');
}
