import { randomUUID } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { RestError } from '@azure/storage-blob';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import { delay } from './waiting.ts';

export interface SingletonOptions {
  readonly container: ContainerClient;
  readonly blobName: string;
  readonly functionName: string;
  readonly log: Log;
  /** Runs as long as this process holds the lease; must return soon after its signal is aborted. */
  readonly work: (held: AbortSignal) => Promise<void>;
}

export interface Singleton {
  /** Ends the work and gives the lease back, so that another host goes on at once. */
  stop(): Promise<void>;
}

/** The shortest lease that Storage gives: the time after which another host takes over from one that died. */
const LEASE_SECONDS = 15;
/** Two renewals may fail before the lease is over. */
const RENEWAL_MS = (LEASE_SECONDS * 1000) / 3;
/** Azure's host asks once a minute; a developer who killed a host does not wait so long. */
const RETRY_MS = 2000;

/**
 * Does the work in one process at a time, of all that use the same blob.
 * waiting ─► holding ─► (lease lost, or renewal failing till it is over) ─► waiting; a dead holder's lease runs out.
 * A holder that was suspended finds out at its next renewal only: till then the work may run twice, as in Azure.
 */
export function runAsSingleton(options: SingletonOptions): Singleton {
  const { container, blobName, log, functionName } = options;
  const blob = container.getBlockBlobClient(blobName);
  const lease = blob.getBlobLeaseClient(randomUUID());
  const stopping = new AbortController();

  async function acquire(): Promise<boolean> {
    try {
      await lease.acquireLease(LEASE_SECONDS);
      return true;
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      if (error.statusCode === 409) return false;
      if (error.statusCode !== 404) throw error;
    }
    await container.createIfNotExists();
    try {
      await blob.upload('', 0, { conditions: { ifNoneMatch: '*' } });
    } catch (error) {
      // Another host was quicker: it made the blob, and perhaps leased it.
      if (!(error instanceof RestError) || (error.statusCode !== 409 && error.statusCode !== 412))
        throw error;
    }
    return acquire();
  }

  async function hold(): Promise<void> {
    const held = new AbortController();
    const end = (): void => held.abort();
    stopping.signal.addEventListener('abort', end, { once: true });
    const renewal = renewUntilLost(held);
    try {
      await options.work(held.signal);
    } finally {
      held.abort();
      stopping.signal.removeEventListener('abort', end);
      await renewal;
      // May be lost already: then there is nothing to give back.
      await lease.releaseLease().catch(() => undefined);
    }
  }

  async function renewUntilLost(held: AbortController): Promise<void> {
    let renewedAtMs = performance.now();
    while (!held.signal.aborted) {
      await delay(RENEWAL_MS, held.signal);
      if (held.signal.aborted) return;
      try {
        await lease.renewLease();
        renewedAtMs = performance.now();
      } catch (error) {
        const refused = error instanceof RestError && (error.statusCode === 409 || error.statusCode === 404);
        const over = performance.now() - renewedAtMs >= LEASE_SECONDS * 1000;
        log({ level: 'warning', functionName, message: `timer lease not renewed: ${errorText(error)}` });
        if (refused || over) held.abort();
      }
    }
  }

  async function run(): Promise<void> {
    let failing = false;
    while (!stopping.signal.aborted) {
      try {
        if (await acquire()) {
          failing = false;
          await hold();
          continue;
        }
      } catch (error) {
        // Said once per outage.
        if (!failing) log({ level: 'error', functionName, message: `timer waits: ${errorText(error)}` });
        failing = true;
      }
      await delay(RETRY_MS, stopping.signal);
    }
  }

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
