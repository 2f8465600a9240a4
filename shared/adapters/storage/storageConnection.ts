import type { TokenCredential } from '@azure/identity';

/** Where Storage is: a connection string (local), or the three services and the app's identity (Azure). */
export type StorageConnection =
  | { readonly connectionString: string }
  | {
      readonly queueServiceUri: string;
      readonly blobServiceUri: string;
      readonly tableServiceUri: string;
      readonly credential: TokenCredential;
    };

/**
 * One operation ends by then, its quick retries included. The long waiting is the flows' and the queue's: retries here only
 * bridge a broken connection or a partition that moves to another server.
 */
export const OPERATION_TIMEOUT_MS = 10_000;
/** One try of it. A healthy operation takes some milliseconds; what hangs longer has lost its connection. */
export const TRY_TIMEOUT_MS = 5000;
/** Waits of about 0.2, 0.4 and 0.8 s. */
export const QUICK_RETRIES = 3;
export const RETRY_DELAY_MS = 200;
export const RETRY_DELAY_AT_MOST_MS = 1000;
