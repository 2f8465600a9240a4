import type { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import type { QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { CONTAINERS, POISON_SUFFIX, QUEUES, TABLES } from '../../core/storageNames.ts';
import type { Chance } from '../../ports.ts';
import { openOnce } from '../../core/openOnce.ts';
import { openTable } from './openTables.ts';
import type { StorageClock } from './storageClock.ts';
import type { StorageConnection } from './storageConnection.ts';
import {
  QUICK_RETRIES,
  RETRY_DELAY_AT_MOST_MS,
  RETRY_DELAY_MS,
  TRY_TIMEOUT_MS,
} from './storageConnection.ts';
import { isMissing, unavailable } from './storageErrors.ts';
import type { TableRows } from './tableRows.ts';
import { makeTableRows } from './tableRows.ts';

export interface StorageOptions {
  /** Before every name of a table, queue and container: lower-case letters and digits, a letter first. Default: none. */
  readonly prefix?: string;
  /** Before the names of tables, after `prefix` (HVE_TABLE_PREFIX). Default: none. */
  readonly tablePrefix?: string;
  /** Hears the Date of every answer of the tables. */
  readonly clock: StorageClock;
  readonly chance: Pick<Chance, 'bytes'>;
}

/** What the adapters of this folder are made from. */
export interface StorageAccess {
  table(name: keyof typeof TABLES): TableRows;
  queue(name: keyof typeof QUEUES): Promise<QueueClient>;
  /** The host's queue for what it gave up. */
  poisonQueue(name: keyof typeof QUEUES): Promise<QueueClient>;
  container(name: keyof typeof CONTAINERS): Promise<ContainerClient>;
  /** One cheap read, a second one where the first was slow, so that the clock knows the time before the first real operation. Throws `Unavailable`. */
  primeClock(): Promise<void>;
}

const RETRIES = {
  maxTries: QUICK_RETRIES + 1,
  retryDelayInMs: RETRY_DELAY_MS,
  maxRetryDelayInMs: RETRY_DELAY_AT_MOST_MS,
  tryTimeoutInMs: TRY_TIMEOUT_MS,
};

/**
 * Sends nothing by itself. The same table is one object, however often it is asked for. The SDKs of queues and blobs are loaded when one
 * of them is first asked for: most messages need the tables alone.
 */
export function connectStorage(connection: StorageConnection, options: StorageOptions): StorageAccess {
  const { prefix = '', clock, chance } = options;
  const tablePrefix = prefix + (options.tablePrefix ?? '');
  const queues = openOnce(() => openQueues(connection));
  const blobs = openOnce(() => openBlobs(connection));
  const tables = new Map<string, TableRows>();
  return {
    table(name) {
      const opened =
        tables.get(name) ?? makeTableRows(openTable(connection, tablePrefix + TABLES[name], clock), chance);
      tables.set(name, opened);
      return opened;
    },
    async queue(name) {
      return (await queues()).getQueueClient(prefix + QUEUES[name]);
    },
    async poisonQueue(name) {
      return (await queues()).getQueueClient(prefix + QUEUES[name] + POISON_SUFFIX);
    },
    async container(name) {
      return (await blobs()).getContainerClient(prefix + CONTAINERS[name]);
    },
    async primeClock() {
      const days = openTable(connection, tablePrefix + TABLES.days, clock);
      // Any answer has a Date, a refusal too: what is refused here will be said by the operation that needs it.
      const ask = async (): Promise<unknown> =>
        days.getEntity('touched', 'clock').then(
          () => null,
          (error: unknown) => error,
        );
      let trouble = await ask();
      // An instance that starts has opened its connection meanwhile, and gone on loading; the second answer waits for neither.
      if (!isKnown(clock) && isAsExpected(trouble)) trouble = await ask();
      try {
        clock.now();
      } catch (error) {
        throw unavailable('Storage', isAsExpected(trouble) ? error : trouble);
      }
    },
  };
}

/** Of the row that tells the time, which need not be there: the answer came, too slowly at the most. */
function isAsExpected(trouble: unknown): boolean {
  return trouble === null || isMissing(trouble);
}

function isKnown(clock: StorageClock): boolean {
  try {
    clock.now();
    return true;
  } catch {
    return false;
  }
}

async function openQueues(connection: StorageConnection): Promise<QueueServiceClient> {
  const sdk = await loaded(import('@azure/storage-queue'), 'the SDK of queues');
  const options = { retryOptions: RETRIES };
  return 'connectionString' in connection
    ? sdk.QueueServiceClient.fromConnectionString(connection.connectionString, options)
    : new sdk.QueueServiceClient(connection.queueServiceUri, connection.credential, options);
}

async function openBlobs(connection: StorageConnection): Promise<BlobServiceClient> {
  const sdk = await loaded(import('@azure/storage-blob'), 'the SDK of blobs');
  const options = { retryOptions: RETRIES };
  return 'connectionString' in connection
    ? sdk.BlobServiceClient.fromConnectionString(connection.connectionString, options)
    : new sdk.BlobServiceClient(connection.blobServiceUri, connection.credential, options);
}

/** What cannot be loaded now may be a moment later, as what does not answer may. */
async function loaded<Sdk>(loading: Promise<Sdk>, what: string): Promise<Sdk> {
  try {
    return await loading;
  } catch (error) {
    throw unavailable(what, error);
  }
}
