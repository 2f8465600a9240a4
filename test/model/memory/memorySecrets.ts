import type { SecretFailure, SecretStore } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';

export type VaultFault = 'forbidden' | 'throttled' | 'unavailable';

export interface Vault {
  /** The newest version of each secret. */
  readonly secrets: Map<
    string,
    { readonly value: string; readonly version: string; readonly enabled: boolean }
  >;
  /** How this read fails; null: it does not. */
  faultOf: (name: string) => VaultFault | null;
}

/** What a throttled vault asks for. */
export const VAULT_RETRY_AFTER_MS = 7000;

const CAUSES: Readonly<Record<SecretFailure['kind'], string>> = {
  missing: 'is not there, or has no value',
  disabled: 'is disabled',
  forbidden: 'may not be read',
  throttled: 'could not be read: Key Vault is throttled',
  unavailable: 'could not be read: Key Vault does not answer',
};

export function makeMemorySecrets(vault: Vault, boundary: Boundary): SecretStore {
  const failed = (name: string, kind: SecretFailure['kind']): { ok: false; failure: SecretFailure } => ({
    ok: false,
    failure: {
      kind,
      cause: `the secret "${name}" ${CAUSES[kind]}`,
      remedy: `look at "${name}" in Key Vault, and at the role Key Vault Secrets User`,
      retryAfterMs: kind === 'throttled' ? VAULT_RETRY_AFTER_MS : null,
    },
  });
  return {
    read: (name) =>
      boundary('vault', `secret ${name}`, () => {
        const fault = vault.faultOf(name);
        if (fault !== null) return failed(name, fault);
        const secret = vault.secrets.get(name);
        if (!secret || secret.value === '') return failed(name, 'missing');
        if (!secret.enabled) return failed(name, 'disabled');
        return { ok: true, value: secret.value, version: secret.version };
      }),
  };
}
