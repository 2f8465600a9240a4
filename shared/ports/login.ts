/** Key Vault and Entra ID: what an account logs in with. */
import type { TokenFailure } from '../core/oauthRules.ts';

export interface SecretFailure {
  readonly kind: 'missing' | 'disabled' | 'forbidden' | 'throttled' | 'unavailable';
  readonly cause: string;
  readonly remedy: string;
  readonly retryAfterMs: number | null;
}

export type SecretRead =
  | { readonly ok: true; readonly value: string; readonly version: string }
  | { readonly ok: false; readonly failure: SecretFailure };

export interface SecretStore {
  /** Reads the latest version. Never rejects for what Key Vault or the network does. */
  read(name: string): Promise<SecretRead>;
}

export type TokenRead =
  | {
      readonly ok: true;
      readonly accessToken: string;
      /** How long it lives from now; more than HVE's margin. */
      readonly lifeMs: number;
    }
  | { readonly ok: false; readonly failure: TokenFailure };

export interface TokenSource {
  /**
   * A new access token for SMTP, each time: never one from memory. `secret`: the application's client secret, or its certificate
   * with its key; null where the app's managed identity is the proof. Never rejects for what Entra ID or the network does.
   */
  request(secret: string | null): Promise<TokenRead>;
}
