import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { z } from 'zod';
import { CONTAINERS, QUEUES } from '../../shared/core/storageNames.ts';
import type { AppApi, MessageState } from './appApi.ts';
import { explainWait } from './explainWait.ts';

export interface SampleOptions {
  /** Connection string. */
  readonly storage: string;
  /** Base URL. */
  readonly inbox: string;
  readonly api: AppApi;
  /** Where its one recipient is. */
  readonly domain: string;
  /** Different at every start: what it is found by. */
  readonly token: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export type SampleResult =
  | {
      readonly delivered: true;
      readonly subject: string;
      readonly from: string;
      readonly to: readonly string[];
      readonly tookMs: number;
      /** null: it is in the inbox, but the app does not say so. */
      readonly message: MessageState | null;
    }
  | { readonly delivered: false; readonly reasons: readonly string[] };

const POLL_MS = 150;
/** The record follows the mail at once; for so long the sample's is waited for after its mail was seen. */
const RECORD_WITHIN_MS = 5000;

const mailSchema = z.object({ subject: z.string(), from: z.string(), to: z.array(z.string()) });

/** Puts one message on the outbox, as any application would, and waits until it stands in the inbox. */
export async function sendSample(options: SampleOptions): Promise<SampleResult> {
  const { api, token, deadlineMs, signal } = options;
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  const reference = `sample-${token}`;
  try {
    await putOnOutbox(options, reference);
  } catch (error) {
    return { delivered: false, reasons: [`It could not be put on the queue: ${String(error)}`] };
  }
  while (elapsedMs() < deadlineMs && !signal.aborted) {
    const mail = await findMail(options.inbox, token);
    if (mail !== null) {
      const tookMs = elapsedMs();
      return { delivered: true, ...mail, tookMs, message: await readRecord(api, reference, signal) };
    }
    const message = await api.findMessage(reference).catch(() => null);
    const wait = message === null ? null : explainWait(message);
    if (wait !== null && !wait.mayEndSoon) return { delivered: false, reasons: wait.reasons };
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return { delivered: false, reasons: await whyNot(api, reference, deadlineMs) };
}

async function putOnOutbox({ storage, domain, token }: SampleOptions, reference: string): Promise<void> {
  const queue = QueueServiceClient.fromConnectionString(storage).getQueueClient(QUEUES.outbox);
  // What producers write to, as the Bicep makes it in Azure: the queue, and the container of claim checks and attachments.
  await queue.createIfNotExists();
  await BlobServiceClient.fromConnectionString(storage)
    .getContainerClient(CONTAINERS.content)
    .createIfNotExists();
  const message = {
    reference,
    app: 'sample',
    to: `"Ann Example" <ann@${domain}>`,
    subject: `Hello from hve-mailer (${token})`,
    text: `This message went the way of every other: queue, function, Key Vault, SMTP.\n\nIts reference is ${reference}.\n`,
    html: `<p>This message went the way of every other: queue, function, Key Vault, SMTP.</p><p>Its reference is <code>${reference}</code>.</p>`,
  };
  // Without a time to live of its own a message would be gone after seven days.
  await queue.sendMessage(JSON.stringify(message), { messageTimeToLive: -1 });
}

async function findMail(inbox: string, token: string): Promise<z.infer<typeof mailSchema> | null> {
  const response = await fetch(`${inbox}/messages?limit=1&search=${encodeURIComponent(`(${token})`)}`);
  return z.array(mailSchema).parse(await response.json())[0] ?? null;
}

async function readRecord(api: AppApi, reference: string, signal: AbortSignal): Promise<MessageState | null> {
  const startedAt = performance.now();
  let last: MessageState | null = null;
  while (performance.now() - startedAt < RECORD_WITHIN_MS && !signal.aborted) {
    last = await api.findMessage(reference).catch(() => last);
    if (last?.status === 'sent') return last;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return last;
}

async function whyNot(api: AppApi, reference: string, deadlineMs: number): Promise<string[]> {
  const head = `It was not delivered within ${Math.round(deadlineMs / 1000)} s.`;
  try {
    const message = await api.findMessage(reference);
    if (message === null) return [head, 'It is still on the queue: no function has taken it.'];
    return [
      head,
      `Its status is ${message.status} (id ${message.id}).`,
      ...(explainWait(message)?.reasons ?? []),
    ];
  } catch (error) {
    return [head, error instanceof Error ? error.message : String(error)];
  }
}
