import type { TokenCredential } from '@azure/identity';
import { openOnce } from '../core/openOnce.ts';

/**
 * The endpoint for tokens sits beside the app and answers in milliseconds; one that is still starting has answered after the
 * second retry (0.8 and 1.6 s). The SDK's own five would wait up to 25 s, longer than who asks for a secret does.
 */
const RETRY_OPTIONS = { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 1000 };

export interface AzureCredentialOptions {
  /** The client id of the app's user-assigned identity; `null`: the system-assigned one. */
  readonly clientId: string | null;
}

/**
 * The app's identity for Storage and Key Vault; the only place that makes one. `@azure/identity` is most of what loads at a cold
 * start, so it is loaded with the first token. `getToken` rejects with the SDK's `CredentialUnavailableError`.
 */
export function makeAzureCredential(options: AzureCredentialOptions): TokenCredential {
  const open = openOnce(() => loadManagedIdentity(options.clientId));
  return {
    async getToken(scopes, tokenOptions) {
      const credential = await open();
      return credential.getToken(scopes, tokenOptions);
    },
  };
}

/** Once; whoever asks again gets the same. */
export async function loadIdentitySdk() {
  return import('@azure/identity');
}

async function loadManagedIdentity(clientId: string | null): Promise<TokenCredential> {
  const { ManagedIdentityCredential } = await loadIdentitySdk();
  return clientId === null
    ? new ManagedIdentityCredential({ retryOptions: RETRY_OPTIONS })
    : new ManagedIdentityCredential({ clientId, retryOptions: RETRY_OPTIONS });
}
