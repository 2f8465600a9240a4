import { errorReply, secretNotFound } from './keyVaultReply.ts';
import type { KeyVaultReply } from './keyVaultReply.ts';

export interface KeyVaultFault {
  /**
   * `forbidden`: the identity has no role on the vault (at the identity endpoint: the app has no such identity);
   * `throttled`: 429 with Retry-After; `missing`: as if the secret had been deleted; `unavailable`: 503;
   * `stall`: the connection is taken and nothing is answered.
   */
  readonly reply: 'forbidden' | 'throttled' | 'missing' | 'unavailable' | 'stall';
  /** Where: the vault (default), or the endpoint that gives out tokens. */
  readonly at?: 'vault' | 'identity';
  /** Only this secret; default: every request. */
  readonly secret?: string;
  /** So many requests, then none any more; default: all, until the fault is taken back. */
  readonly count?: number;
  /** With `throttled`; default 2. */
  readonly retryAfterSeconds?: number;
}

const DEFAULT_RETRY_AFTER_SECONDS = 2;

/** What the vault says to an authenticated request while the fault lasts. */
export function faultReply(fault: KeyVaultFault, secret: string, clientId: string): KeyVaultReply {
  const replies: Record<KeyVaultFault['reply'], KeyVaultReply> = {
    forbidden: forbiddenByRbac(secret, clientId),
    throttled: throttled(fault.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS),
    missing: secretNotFound(secret),
    unavailable: errorReply(503, 'ServiceUnavailable', 'The service is temporarily unavailable.'),
    stall: 'stall',
  };
  return replies[fault.reply];
}

function forbiddenByRbac(secret: string, clientId: string): KeyVaultReply {
  const message = [
    'Caller is not authorized to perform action on resource.',
    'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
    `Caller: appid=${clientId}`,
    "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'",
    `Resource: '/providers/microsoft.keyvault/vaults/local/secrets/${secret}'`,
    'Assignment: (not found)',
    "DecisionReason: 'DeniedWithNoValidRBAC'",
  ];
  return errorReply(403, 'Forbidden', message.join('\r\n'), { innerCode: 'ForbiddenByRbac' });
}

function throttled(retryAfterSeconds: number): KeyVaultReply {
  const message =
    'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached';
  return errorReply(429, 'Throttled', message, { headers: { 'Retry-After': String(retryAfterSeconds) } });
}
