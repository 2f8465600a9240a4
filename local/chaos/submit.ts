import { setTimeout as sleep } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { QUEUES } from '../../shared/core/storageNames.ts';
import type { Endpoints } from '../stack/endpoints.ts';
import type { Submission } from './planMessages.ts';

/** What its producer knows of a submission. */
export interface Receipt {
  readonly submission: Submission;
  /** `accepted`: answered with 202, or on the queue. `unsure`: no answer ever came. `refused`: it will not be taken. */
  readonly result: 'accepted' | 'unsure' | 'refused';
  /** The ids that it was answered with; over HTTP only. */
  readonly ids: readonly string[];
  readonly tries: number;
  /** Of `refused` and `unsure`: the last answer. */
  readonly said: string | null;
}

export interface SubmitOptions {
  readonly endpoints: Endpoints;
  readonly submissions: readonly Submission[];
  /** `performance.now()` of the run's start. */
  readonly startMs: number;
  readonly onReceipt: (receipt: Receipt) => void;
  readonly signal: AbortSignal;
}

type Answer =
  | { readonly result: 'accepted'; readonly id: string | null }
  | { readonly result: 'again' | 'refused'; readonly said: string };

/** Producers of each kind: each has one message under way. */
const PRODUCERS = 8;
const CALL_TIMEOUT_MS = 15_000;
/** As Logic Apps do it: again after an error, a little later each time, and given up in the end. */
const AGAIN_MS = 500;
const AGAIN_AT_MOST_MS = 5000;
const TRIES_AT_MOST = 40;

const acceptedSchema = z.object({ id: z.string() });

/** Submits them all, each at its time or as soon as a producer is free; resolves when the last one has its receipt. */
export async function submitAll(options: SubmitOptions): Promise<void> {
  const { endpoints, submissions } = options;
  const outbox = QueueServiceClient.fromConnectionString(endpoints.storage).getQueueClient(QUEUES.outbox);
  // Whoever has a key may put it again; who has none must not, so its client must not either.
  const onceOnly = QueueServiceClient.fromConnectionString(endpoints.storage, {
    retryOptions: { maxTries: 1, tryTimeoutInMs: CALL_TIMEOUT_MS },
  }).getQueueClient(QUEUES.outbox);
  await outbox.createIfNotExists();
  const send = async (submission: Submission, body: string): Promise<Answer> =>
    submission.via === 'http'
      ? post(`${endpoints.functions}/api/messages`, submission, body)
      : put(submission.key === null ? onceOnly : outbox, body);

  const lanes = (['queue', 'http'] as const).flatMap((via) => {
    const left = submissions.filter((submission) => submission.via === via).values();
    return Array.from({ length: PRODUCERS }, async () => produce(left, send, options));
  });
  await Promise.all(lanes);
}

async function produce(
  left: Iterable<Submission>,
  send: (submission: Submission, body: string) => Promise<Answer>,
  { startMs, onReceipt, signal }: SubmitOptions,
): Promise<void> {
  for (const submission of left) {
    const waitMs = startMs + submission.atMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const body = bodyOf(submission, Date.now());
    const copies = submission.twice ? [submission, submission] : [submission];
    const receipts = await Promise.all(
      copies.map(async () => sendUntilTold(submission, () => send(submission, body), signal)),
    );
    onReceipt(mergeReceipts(receipts));
  }
}

async function sendUntilTold(
  submission: Submission,
  send: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Receipt> {
  let said = '';
  for (let tries = 1; ; tries++) {
    const answer = await send();
    const told = { submission, tries };
    if (answer.result === 'accepted') {
      return { ...told, result: 'accepted', ids: answer.id === null ? [] : [answer.id], said: null };
    }
    ({ said } = answer);
    if (answer.result === 'refused') return { ...told, result: 'refused', ids: [], said };
    if (submission.key === null || tries >= TRIES_AT_MOST || signal.aborted) {
      return { ...told, result: 'unsure', ids: [], said };
    }
    await sleep(Math.min(AGAIN_MS * tries, AGAIN_AT_MOST_MS), undefined, { signal }).catch(() => undefined);
  }
}

/** Of two alike: a refusal is told first, and one that was accepted makes the message accepted. */
function mergeReceipts(receipts: readonly Receipt[]): Receipt {
  const order = ['refused', 'accepted', 'unsure'];
  const [told] = receipts.toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result));
  if (told === undefined) throw new Error('A submission had no producer.');
  return {
    ...told,
    ids: [...new Set(receipts.flatMap(({ ids }) => ids))],
    tries: receipts.reduce((sum, { tries }) => sum + tries, 0),
  };
}

function bodyOf({ body, sendInMs, expiresInMs }: Submission, nowMs: number): string {
  const later = (ms: number): string => new Date(nowMs + ms).toISOString();
  return JSON.stringify({
    ...body,
    ...(sendInMs === null ? {} : { sendAt: later(sendInMs) }),
    ...(expiresInMs === null ? {} : { expiresAt: later((sendInMs ?? 0) + expiresInMs) }),
  });
}

async function put(queue: QueueClient, body: string): Promise<Answer> {
  try {
    await queue.sendMessage(body, { messageTimeToLive: -1 });
    return { result: 'accepted', id: null };
  } catch (error) {
    return { result: 'again', said: error instanceof Error ? error.message : String(error) };
  }
}

async function post(url: string, { key }: Submission, body: string): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === null ? {} : { 'idempotency-key': key }),
      },
      body,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    if (response.status === 202) {
      return { result: 'accepted', id: acceptedSchema.parse(await response.json()).id };
    }
    const said = `${response.status} ${await response.text()}`;
    return { result: response.status >= 500 || response.status === 429 ? 'again' : 'refused', said };
  } catch (error) {
    return { result: 'again', said: error instanceof Error ? error.message : String(error) };
  }
}
