import type { TableServiceClientOptions } from '@azure/data-tables';
import { RestError, TableClient } from '@azure/data-tables';
import type { StorageClock } from './storageClock.ts';
import type { StorageConnection } from './storageConnection.ts';
import {
  OPERATION_TIMEOUT_MS,
  QUICK_RETRIES,
  RETRY_DELAY_AT_MOST_MS,
  RETRY_DELAY_MS,
  TRY_TIMEOUT_MS,
} from './storageConnection.ts';
import { within } from './within.ts';

type AdditionalPolicy = NonNullable<TableServiceClientOptions['additionalPolicies']>[number];

/**
 * A client of one table. Every answer goes to the clock: the tables are what each message touches, so they alone tell the
 * time, and with the tables down nothing could be decided anyhow.
 */
export function openTable(
  connection: StorageConnection,
  tableName: string,
  clock: StorageClock,
): TableClient {
  const options = (insecure: boolean): TableServiceClientOptions => ({
    allowInsecureConnection: insecure,
    retryOptions: {
      maxRetries: QUICK_RETRIES,
      retryDelayInMs: RETRY_DELAY_MS,
      maxRetryDelayInMs: RETRY_DELAY_AT_MOST_MS,
    },
    additionalPolicies: [boundInTime, tryAgainWhatHangs, listenToDates(clock)],
  });
  if ('connectionString' in connection) {
    const { connectionString } = connection;
    return TableClient.fromConnectionString(
      connectionString,
      tableName,
      options(isInsecure(connectionString)),
    );
  }
  const { tableServiceUri, credential } = connection;
  return new TableClient(tableServiceUri, tableName, credential, options(false));
}

const boundInTime: AdditionalPolicy = {
  position: 'perCall',
  policy: {
    name: 'boundInTime',
    async sendRequest(request, next) {
      request.timeout = TRY_TIMEOUT_MS;
      if (request.abortSignal !== undefined) return next(request);
      return within(OPERATION_TIMEOUT_MS, (signal) => {
        request.abortSignal = signal;
        return next(request);
      });
    },
  },
};

/** The SDK takes the end of a try's own time for the caller's wish, after which it tries no more: for the operation's end. */
const tryAgainWhatHangs: AdditionalPolicy = {
  position: 'perRetry',
  policy: {
    name: 'tryAgainWhatHangs',
    async sendRequest(request, next) {
      try {
        return await next(request);
      } catch (error) {
        const isOver = request.abortSignal?.aborted === true;
        if (isOver || !(error instanceof Error) || error.name !== 'AbortError') throw error;
        const words = `no answer within ${TRY_TIMEOUT_MS / 1000} s`;
        throw new RestError(words, { code: 'ETIMEDOUT', request });
      }
    },
  },
};

function listenToDates(clock: StorageClock): AdditionalPolicy {
  return {
    position: 'perRetry',
    policy: {
      name: 'listenToDates',
      async sendRequest(request, next) {
        const startedAtMs = clock.monotonic();
        const response = await next(request);
        clock.note(response.headers.get('date'), clock.monotonic() - startedAtMs);
        return response;
      },
    },
  };
}

/** Only the emulator is reached without TLS. */
function isInsecure(connectionString: string): boolean {
  return /(?:^|;)\s*(?:UseDevelopmentStorage=true|DefaultEndpointsProtocol=http(?:;|$)|TableEndpoint=http:)/i.test(
    connectionString,
  );
}
