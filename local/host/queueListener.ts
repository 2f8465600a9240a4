/**
 * The storage queue trigger: one message per invocation, at most batchSize + newBatchThreshold at once.
 *
 * received ─► runs ─► returned ─► deleted (a failed delete is logged; the message comes back and runs again)
 *               └───► threw ────► visible again after visibilityTimeout, or poison after maxDequeueCount
 * While it runs it stays invisible: ten minutes, renewed from the fifth on. When this process dies, it comes back after
 * what was left of them. A message that was received more often than maxDequeueCount, and one that is not base64 where
 * it should be, goes to `<queue>-poison` without running.
 */
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { RestError } from '@azure/storage-queue';
import type { RegisteredFunction } from './functionsCore.ts';
import type { QueueSettings } from './hostJson.ts';
import type { Invoker } from './invoke.ts';
import type { Log } from './log.ts';
import { isGone, keepInvisible } from './messageLease.ts';
import { decodeMessageText, queueTriggerMetadata } from './queueMessage.ts';
import { delay } from './waiting.ts';

/** Hard-coded in the Storage queues extension. */
const VISIBILITY_MS = 10 * 60 * 1000;
/** The extension polls again after 100 ms at first, then more and more seldom. */
const FIRST_POLL_DELAY_MS = 100;
const POLL_DELAY_FACTOR = 2;
/** The life of a poison copy, the default of Storage. */
const POISON_LIFE_SECONDS = 7 * 24 * 60 * 60;

export interface QueueListener {
  /**
   * Takes no more messages and settles when what was received has run and is deleted. The last receive is waited for:
   * what it took would else be hidden for ten minutes.
   */
  stop(): Promise<void>;
}

export interface QueueListenerOptions {
  readonly fn: RegisteredFunction;
  readonly queue: QueueClient;
  readonly poisonQueue: QueueClient;
  readonly settings: QueueSettings;
  /** By what durations are divided. */
  readonly timeScale: number;
  readonly invoker: Invoker;
  readonly log: Log;
}

export function listenToQueue(options: QueueListenerOptions): QueueListener {
  const { fn, queue, poisonQueue, settings, timeScale, invoker } = options;
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve());
  });
  const visibilitySeconds = storageSeconds(VISIBILITY_MS / timeScale, 1);
  const retrySeconds = storageSeconds(settings.visibilityTimeoutMs / timeScale, 0);
  const running = new Set<Promise<void>>();
  let exists = false;

  function tell(level: 'warning' | 'error', message: string): void {
    options.log({ level, functionName: fn.metadata.name, message });
  }

  async function poll(): Promise<void> {
    let idleDelayMs = FIRST_POLL_DELAY_MS;
    let failing = false;
    while (!stopping.signal.aborted) {
      try {
        const received = await receive();
        if (failing) tell('warning', `reads the queue ${queue.name} again`);
        failing = false;
        for (const message of received) track(handle(message));
        if (received.length > 0) {
          idleDelayMs = FIRST_POLL_DELAY_MS;
          await belowThreshold();
          continue;
        }
      } catch (error) {
        // Said once per outage, not once per poll.
        if (!failing) tell('error', `cannot read the queue ${queue.name}, tries on: ${reasonOf(error)}`);
        failing = true;
      }
      await delay(idleDelayMs, stopping.signal);
      idleDelayMs = Math.min(idleDelayMs * POLL_DELAY_FACTOR, settings.maxPollingIntervalMs);
    }
  }

  async function receive(): Promise<DequeuedMessageItem[]> {
    try {
      if (!exists) await queue.createIfNotExists();
      exists = true;
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages: settings.batchSize,
        visibilityTimeout: visibilitySeconds,
      });
      return receivedMessageItems;
    } catch (error) {
      // Deleted under us: made again at the next poll.
      if (isGone(error)) exists = false;
      throw error;
    }
  }

  function track(work: Promise<void>): void {
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  async function belowThreshold(): Promise<void> {
    while (running.size > settings.newBatchThreshold && !stopping.signal.aborted) {
      await Promise.race([...running, stopped]);
    }
  }

  async function handle(message: DequeuedMessageItem): Promise<void> {
    const text = decodeMessageText(message.messageText, settings.messageEncoding);
    if (text === undefined) {
      return moveToPoison(message, message.popReceipt, 'is not base64 (messageEncoding of host.json)');
    }
    if (message.dequeueCount > settings.maxDequeueCount) {
      return moveToPoison(message, message.popReceipt, `was received ${message.dequeueCount} times`);
    }
    const lease = keepInvisible({
      queue,
      message,
      visibilitySeconds,
      onFailure: (error) =>
        tell('warning', `could not keep message ${message.messageId} invisible: ${reasonOf(error)}`),
    });
    const result = await invoker.invoke(fn, {
      data: { string: text },
      metadata: queueTriggerMetadata(message, text),
      reason: `message ${message.messageId} of ${queue.name}, received for the ${message.dequeueCount}. time`,
    });
    const receipt = await lease.end();
    if (result.ok) return complete(message, receipt);
    if (message.dequeueCount >= settings.maxDequeueCount) {
      return moveToPoison(message, receipt, `failed ${message.dequeueCount} times`);
    }
    return retryLater(message, receipt);
  }

  async function complete(message: DequeuedMessageItem, receipt: string): Promise<void> {
    try {
      await queue.deleteMessage(message.messageId, receipt);
    } catch (error) {
      tell(
        'warning',
        `ran, but message ${message.messageId} could not be deleted and may run again: ${reasonOf(error)}`,
      );
    }
  }

  async function retryLater(message: DequeuedMessageItem, receipt: string): Promise<void> {
    try {
      await queue.updateMessage(message.messageId, receipt, undefined, retrySeconds);
    } catch (error) {
      tell('warning', `message ${message.messageId} comes back only after its lease: ${reasonOf(error)}`);
    }
  }

  /** A copy first, then the delete: when this stops between the two, the message is moved once more, never lost. */
  async function moveToPoison(message: DequeuedMessageItem, receipt: string, why: string): Promise<void> {
    try {
      await poisonQueue.createIfNotExists();
      await poisonQueue.sendMessage(message.messageText, { messageTimeToLive: POISON_LIFE_SECONDS });
      await queue.deleteMessage(message.messageId, receipt);
      tell('error', `message ${message.messageId} ${why}: moved to ${poisonQueue.name}`);
    } catch (error) {
      tell('error', `message ${message.messageId} could not be moved to poison: ${reasonOf(error)}`);
    }
  }

  const polling = poll();
  return {
    stop: async () => {
      stopping.abort();
      await polling;
      // To the end of each: a function that ran, but whose message is not yet deleted, would run again.
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Storage takes whole seconds only; rounded up, so that a large scale shortens no wait to nothing. */
function storageSeconds(durationMs: number, least: number): number {
  return Math.max(Math.ceil(durationMs / 1000), least);
}

function reasonOf(error: unknown): string {
  if (error instanceof RestError) return `${error.statusCode ?? error.code ?? ''} ${error.message}`.trim();
  return error instanceof Error ? error.message : String(error);
}
