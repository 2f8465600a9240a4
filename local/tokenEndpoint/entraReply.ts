import { randomUUID } from 'node:crypto';
import type { KeyVaultReply } from '../keyVault/keyVaultReply.ts';

/**
 * Entra ID's errors: https://learn.microsoft.com/entra/identity-platform/reference-error-codes. The description ends with ids and
 * a time of its own each time, as the real one does.
 */
export function entraError(
  status: number,
  error: string,
  code: number,
  message: string,
  now: Date,
  headers: Readonly<Record<string, string>> = {},
): KeyVaultReply {
  const trace = randomUUID();
  const correlation = randomUUID();
  const timestamp = `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    status,
    headers,
    body: {
      error,
      error_description: `AADSTS${code}: ${message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    },
  };
}
