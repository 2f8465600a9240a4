import type { Stack } from '../stack/startStack.ts';
import type { ChaosOptions } from './chaosOptions.ts';
import type { RunFacts } from './describeRun.ts';
import { makeFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import { planChaos } from './planChaos.ts';
import type { ChaosPlan } from './planChaos.ts';
import { ruleFaults } from './planFaults.ts';
import type { QuotaFacts } from './quotaBounds.ts';
import { makeRecords } from './records.ts';
import { settle, settledQuota } from './settle.ts';
import { submitAll } from './submit.ts';
import type { Receipt } from './submit.ts';
import { tormentStack } from './torment.ts';
import type { Torment } from './torment.ts';

export interface SendOptions {
  readonly options: ChaosOptions;
  /** Gets what is to be shown, line by line. */
  readonly write: (line: string) => void;
  /** Gets what is to be read beside the hosts' log. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Sent extends Omit<RunFacts, 'tookMs'> {
  readonly verdict: Verdict;
  readonly quota: QuotaFacts;
}

const PROGRESS_MS = 5000;
/** The longest wait of a message that nothing stops any more: trouble and retries step up to an hour. */
const LONGEST_WAIT_MS = 3_600_000;
/** Beside the waits, so long for the work itself: on two cores that others use too. */
const SETTLE_AT_LEAST_MS = 60_000;
const SETTLE_PER_MESSAGE_MS = 100;

/** Submits all messages while the stack is torn apart, ends that, waits until all is final, and counts. */
export async function sendThroughChaos(
  stack: Stack,
  { options, write, note, signal }: SendOptions,
): Promise<Sent> {
  const plan = planFor(stack, options);
  write(describePlan(plan, options));
  const startMs = performance.now();
  const endpoints = stack.endpoints();
  const torment: Torment = { kills: 0, pauses: 0, isStoragePaused: false, isStopped: false };
  const receipts: Receipt[] = [];
  const faults = makeFaults(endpoints.inbox);
  const records = makeRecords(endpoints);
  let open: number | null = null;
  const progress = setInterval(() => {
    const parts = [
      `${Math.round((performance.now() - startMs) / 1000)} s`,
      `submitted ${receipts.length} of ${plan.submissions.length}`,
      `kills ${torment.kills}`,
      `pauses ${torment.pauses}${torment.isStoragePaused ? ' (paused now)' : ''}`,
      `faults ${faults.count()}`,
      ...(open === null ? [] : [`to be settled ${open}`]),
    ];
    write(parts.join(' | '));
  }, PROGRESS_MS);
  try {
    const { submissions } = plan;
    const { isHealthy } = records;
    const onReceipt = (receipt: Receipt): void => void receipts.push(receipt);
    await together(signal, (signal) => [
      submitAll({ endpoints, submissions, startMs, onReceipt, signal }),
      tormentStack({ stack, plan, faults, isHealthy, torment, startMs, note, signal }),
    ]);
    await faults.clear();
    const workMs = Math.max(SETTLE_AT_LEAST_MS, submissions.length * SETTLE_PER_MESSAGE_MS);
    const evidence = await settle({
      records,
      inboxUrl: endpoints.inbox,
      receipts,
      deadlineMs: performance.now() + workMs + LONGEST_WAIT_MS / options.timeScale,
      onOpen: (count) => void (open = count),
      signal,
    });
    signal.throwIfAborted();
    const verdict = judge(evidence);
    const quota = await settledQuota(records);
    return { verdict, quota, kills: torment.kills, pauses: torment.pauses, ...countFaults(faults) };
  } finally {
    clearInterval(progress);
  }
}

function planFor(stack: Stack, options: ChaosOptions): ChaosPlan {
  const [account, ...others] = stack.accounts.map(({ address }) => address);
  const [internalDomain] = stack.internalDomains;
  if (account === undefined || internalDomain === undefined) throw new Error('The stack has no account.');
  return planChaos(options, { accounts: [account, ...others], internalDomain });
}

function describePlan(plan: ChaosPlan, { hosts, kills, seed, timeScale }: ChaosOptions): string {
  const seconds = Math.round(plan.phaseMs / 1000);
  return `${plan.submissions.length} messages over ${seconds} s, ${hosts} hosts, ${kills} kills, seed ${seed}, time scale ${timeScale}`;
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
  signal.throwIfAborted();
}

function countFaults(faults: Faults): Pick<RunFacts, 'faultsSet' | 'faultsStruck' | 'rows' | 'rowsStruck'> {
  const struck = faults.struck().map(({ reply }) => reply);
  const rows = new Set(ruleFaults().map(({ fault }) => fault.reply));
  const rowsStruck = new Set(struck.filter((reply) => rows.has(reply)));
  return {
    faultsSet: faults.count(),
    faultsStruck: struck.length,
    rows: rows.size,
    rowsStruck: rowsStruck.size,
  };
}
