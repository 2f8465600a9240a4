import type { TableServiceClientOptions } from '@azure/data-tables';
import { TableClient } from '@azure/data-tables';
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
    additionalPolicies: [boundInTime, listenToDates(clock)],
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
