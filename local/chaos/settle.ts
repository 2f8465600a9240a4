import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal } from '../../shared/core/status.ts';
import { makeInbox, readInbox } from './inbox.ts';
import type { Evidence } from './judge.ts';
import type { MessageDetail, MessageRecord, Records } from './records.ts';
import type { QuotaFacts } from './quotaBounds.ts';
import type { Receipt } from './submit.ts';

export interface SettleOptions {
  readonly records: Records;
  readonly inboxUrl: string;
  readonly receipts: readonly Receipt[];
  /** When it is looked at as it is (`performance.now()`). */
  readonly deadlineMs: number;
  /** Messages that are not recorded yet, or not final. */
  readonly onOpen: (open: number) => void;
  readonly signal: AbortSignal;
}

/** So many are asked for in one round: asking must not be the larger part of the work. */
const ASK_AT_ONCE = 100;
const ASKERS = 4;
const BETWEEN_ROUNDS_MS = 1000;
/** Listing reads every message: only now and then, for those that were not recorded yet. */
const LIST_EVERY_MS = 15_000;

/**
 * Waits until every accepted message is final, at most until the deadline; then reads all there is to judge. What is held
 * after three unknown outcomes in a row is released, as an operator would.
 */
export async function settle(options: SettleOptions): Promise<Evidence> {
  const { records, inboxUrl, receipts, deadlineMs, onOpen, signal } = options;
  const isOver = (): boolean => signal.aborted || performance.now() > deadlineMs;
  const pause = async (): Promise<void> =>
    sleep(BETWEEN_ROUNDS_MS, undefined, { signal }).catch(() => undefined);

  for (let left = await records.inOutbox(); left > 0 && !isOver(); left = await records.inOutbox()) {
    onOpen(left);
    await pause();
  }
  const expected = receipts.filter(({ result }) => result === 'accepted');
  const known = new Map<string, MessageRecord>();
  let listedMs = -Infinity;
  for (;;) {
    const references = new Set([...known.values()].map(({ reference }) => reference));
    const missing = expected.filter(({ submission }) => !references.has(`chaos-${submission.number}`));
    if (missing.length > 0 && performance.now() - listedMs > LIST_EVERY_MS) {
      for (const record of await records.all()) known.set(record.id, record);
      listedMs = performance.now();
    }
    const open = [...known.values()].filter((record) => !isFinal(record.status));
    onOpen(Math.max(open.length, missing.length));
    if ((open.length === 0 && missing.length === 0) || isOver()) break;
    const asked = await askAll(records, open.slice(0, ASK_AT_ONCE));
    for (const { id } of asked.filter(({ status }) => status === 'held')) await records.release(id);
    for (const record of asked) {
      // To the end of the queue: each gets its turn.
      known.delete(record.id);
      known.set(record.id, record);
    }
    await pause();
  }
  return readEvidence(records, inboxUrl, receipts);
}

async function readEvidence(
  records: Records,
  inboxUrl: string,
  receipts: readonly Receipt[],
): Promise<Evidence> {
  const mails = await readInbox(inboxUrl);
  const inbox = makeInbox(mails);
  const all = await records.all();
  const byReference = Map.groupBy(all, ({ reference }) => reference);
  const strange = receipts.flatMap(({ submission }) => {
    const found = byReference.get(`chaos-${submission.number}`) ?? [];
    const isPlain = submission.recipients.every((address) => inbox.mailsTo(address).length === 1);
    return found.filter(({ status, counts }) => !isPlain || status !== 'sent' || counts.unknownSpends > 0);
  });
  const details = await askAll(records, strange);
  return { receipts, records: all, details: new Map(details.map((one) => [one.id, one])), mails };
}

async function askAll(records: Records, which: readonly MessageRecord[]): Promise<MessageDetail[]> {
  const left = which.values();
  const found: MessageDetail[] = [];
  const ask = async (): Promise<void> => {
    for (const { id } of left) found.push(await records.one(id));
  };
  await Promise.all(Array.from({ length: ASKERS }, ask));
  return found;
}

/**
 * The leases of the living are closed when they idle, those of the dead when every claim that names them has ended: with the
 * run's time scale within a minute, on a machine under load later.
 */
const LEASES_PATIENCE_MS = 120_000;

/** The ledger's count, once nothing is leased any more, or has not become so for a while. */
export async function settledQuota(records: Records): Promise<QuotaFacts> {
  const deadlineMs = performance.now() + LEASES_PATIENCE_MS;
  let quota = await records.quota();
  while (quota.leased > 0 && performance.now() < deadlineMs) {
    await sleep(BETWEEN_ROUNDS_MS);
    quota = await records.quota();
  }
  return quota;
}
