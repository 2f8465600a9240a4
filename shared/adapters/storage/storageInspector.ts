import type { Chance, Clock, StorageInspector, StorageService } from '../../ports.ts';
import { Unavailable } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { OPERATION_TIMEOUT_MS } from './storageConnection.ts';
import { isMissing, isStoreMissing, statusOf, unavailable } from './storageErrors.ts';

/** Of the table `days`, beside its own partitions, which are asked for by name. */
const PARTITION = 'health';
const NAME_BYTES = 9;

/** A round trip to each service with what the app's own work needs: whoever may do this may do all of it. */
export function makeStorageInspector(deps: {
  readonly storage: StorageAccess;
  readonly chance: Pick<Chance, 'bytes'>;
  readonly clock: Pick<Clock, 'now'>;
  /** This machine's clock. */
  readonly machineNow: () => number;
}): StorageInspector {
  const { storage, chance, clock, machineNow } = deps;
  const newName = (): string => Buffer.from(chance.bytes(NAME_BYTES)).toString('hex');

  /** An item would start a function; a queue's own metadata, written back as they are, starts nothing. */
  async function queues(): Promise<void> {
    const abortSignal = AbortSignal.timeout(OPERATION_TIMEOUT_MS);
    for (const name of ['outbox', 'deliveries', 'bulk'] as const) {
      const queue = await storage.queue(name);
      try {
        const { metadata } = await queue.getProperties({ abortSignal });
        await queue.setMetadata(metadata, { abortSignal });
        await queue.peekMessages({ numberOfMessages: 1, abortSignal });
      } catch (error) {
        // It is made with its first item.
        if (!isStoreMissing(error) && !isMissing(error)) throw error;
      }
    }
  }

  async function tables(): Promise<void> {
    const table = storage.table('days');
    const keys = { partitionKey: PARTITION, rowKey: newName() };
    await table.upsert({ ...keys, columns: {} });
    await table.read(keys);
    await table.remove(keys, null);
  }

  async function blobs(): Promise<void> {
    const abortSignal = AbortSignal.timeout(OPERATION_TIMEOUT_MS);
    const container = await storage.container('payloads');
    const blob = container.getBlockBlobClient(`health/${newName()}`);
    try {
      await blob.upload('', 0, { abortSignal });
    } catch (error) {
      if (!isStoreMissing(error)) throw error;
      await container.createIfNotExists({ abortSignal });
      await blob.upload('', 0, { abortSignal });
    }
    await blob.getProperties({ abortSignal });
    await blob.deleteIfExists({ abortSignal });
  }

  function machineAhead(): number | null {
    try {
      return machineNow() - clock.now();
    } catch {
      return null;
    }
  }

  return {
    async inspect() {
      const services = await Promise.all([
        look('queues', queues),
        look('tables', tables),
        look('blobs', blobs),
      ]);
      // Last: the tables' answers have just told the time.
      return { services, machineAheadMs: machineAhead() };
    },
  };
}

/** The tables' adapter has translated its error already, and keeps status and code in words. */
function rootOf(error: unknown): unknown {
  if (!(error instanceof Unavailable)) return error;
  const status = /^(\d{3})\b/.exec(error.cause instanceof Error ? error.cause.message : '')?.[1];
  return { statusCode: status === undefined ? undefined : Number(status) };
}

function saidBy(service: string, error: unknown): string {
  return unavailable(`the ${service}`, error).message;
}

async function look(service: StorageService['service'], work: () => Promise<void>): Promise<StorageService> {
  try {
    await work();
    return { service, failure: null };
  } catch (error) {
    return { service, failure: { status: statusOf(rootOf(error)), said: saidBy(service, error) } };
  }
}
