/**
 * The access token of the application that sends, through memory: one for all accounts, renewed (renewable.ts) long before HVE
 * refuses it. An outage of Entra ID stops no mail until the token in hand has HVE's margin left.
 *
 * The application's own secret comes from Key Vault through the same memory as the passwords. When Entra ID does not take it, it is
 * read anew and, if it has changed, tried once more: a rotation needs no restart.
 */
import { HVE_TOKEN_MARGIN_MS } from '../core/oauthRules.ts';
import type { TokenFailure } from '../core/oauthRules.ts';
import type { SecretFailure, TokenRead, TokenSource } from '../ports.ts';
import { makeRenewable } from './renewable.ts';
import type { Fetched, Lives, Renewable } from './renewable.ts';
import type { SecretCache } from './secretCache.ts';

export type TokenCacheRead = Fetched<Token, TokenFailure | SecretFailure>;

export interface TokenCache {
  token(): Promise<TokenCacheRead>;
  /** After the server refused the token of that version: a new one, for all who were refused. */
  refresh(refusedVersion: string): Promise<TokenCacheRead>;
  /** The next call asks anew, with the application's secret read anew. */
  forget(): void;
}

interface Token {
  readonly accessToken: string;
  readonly lifeMs: number;
}

/**
 * From asking for a token to the login with it: ten minutes at most from the claim to a transaction, ten more in line for a
 * connection. Not divided by a time scale: the token's life is Entra ID's.
 */
const LOGIN_WITHIN_MS = 1_200_000;

export function makeTokenCache(deps: {
  tokens: TokenSource;
  secrets: SecretCache;
  /** The name of the application's secret in Key Vault; null: it has none. */
  secretName: string | null;
  monotonicNow: () => number;
}): TokenCache {
  const { tokens, secrets, secretName, monotonicNow } = deps;
  let fetches = 0;
  let kept = makeKept();

  function makeKept(): Renewable<Token, TokenFailure | SecretFailure> {
    return makeRenewable({ fetch, livesOf, monotonicNow });
  }

  async function fetch(): Promise<TokenCacheRead> {
    const read = await request();
    if (!read.ok) return read;
    fetches += 1;
    return { ok: true, value: read, version: String(fetches) };
  }

  async function request(): Promise<TokenRead | { readonly ok: false; readonly failure: SecretFailure }> {
    if (secretName === null) return tokens.request(null);
    const secret = await secrets.secretFor(secretName);
    if (!secret.ok) return secret;
    const first = await tokens.request(secret.value);
    if (first.ok || first.failure.kind !== 'secretRefused') return first;
    const newer = await secrets.refresh(secretName, secret.version);
    if (!newer.ok) return newer;
    return newer.version === secret.version ? first : tokens.request(newer.value);
  }

  return {
    token: () => kept.get(),
    refresh: (refusedVersion) => kept.refresh(refusedVersion),
    forget() {
      if (secretName !== null) secrets.forget(secretName);
      kept = makeKept();
    },
  };
}

/** A token that does not live for so long is renewed at half of what HVE would still take. */
function livesOf({ lifeMs }: Token): Lives {
  const usableMs = Math.max(0, lifeMs - HVE_TOKEN_MARGIN_MS);
  const freshMs = usableMs > 2 * LOGIN_WITHIN_MS ? usableMs - LOGIN_WITHIN_MS : usableMs / 2;
  return { freshMs, usableMs };
}
