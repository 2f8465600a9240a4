import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { RestError } from '@azure/storage-queue';

/** A message that this host keeps from others while its function runs. */
export interface MessageLease {
  /** Ends the renewal and gives the pop receipt that is valid now. */
  end(): Promise<string>;
}

export interface MessageLeaseOptions {
  readonly queue: QueueClient;
  readonly message: DequeuedMessageItem;
  readonly visibilitySeconds: number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Makes the message invisible again for the whole time whenever half of it is over. A failed renewal is tried again
 * after half of what is left; a message that is gone (404) is not: its function runs on, and its delete fails.
 */
export function keepInvisible({
  queue,
  message,
  visibilitySeconds,
  onFailure,
}: MessageLeaseOptions): MessageLease {
  const renewalMs = (visibilitySeconds * 1000) / 2;
  let receipt = message.popReceipt;
  let ended = false;
  let renewal: Promise<void> = Promise.resolve();
  let timer = schedule(renewalMs);

  function schedule(intervalMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      renewal = renew(intervalMs);
    }, intervalMs);
  }

  async function renew(intervalMs: number): Promise<void> {
    const outcome = await renewOnce();
    if (ended || outcome === 'gone') return;
    timer = schedule(outcome === 'renewed' ? renewalMs : intervalMs / 2);
  }

  async function renewOnce(): Promise<'renewed' | 'failed' | 'gone'> {
    try {
      const updated = await queue.updateMessage(message.messageId, receipt, undefined, visibilitySeconds);
      receipt = updated.popReceipt ?? receipt;
      return 'renewed';
    } catch (error) {
      onFailure(error);
      return isGone(error) ? 'gone' : 'failed';
    }
  }

  return {
    end: async () => {
      ended = true;
      clearTimeout(timer);
      await renewal;
      return receipt;
    },
  };
}

/** Someone else deleted the message, or took it after its time was over (the receipt is then no longer valid). */
export function isGone(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 404;
}
