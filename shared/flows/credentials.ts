/**
 * What an account logs in with: its password from Key Vault, or the access token of the application that sends for it. Both through
 * memory (secretCache.ts, tokenCache.ts). What may repeat: a read. What may be lost: nothing.
 */
import type { SenderAccount } from '../core/accountSettings.ts';
import { isCuredByNewToken } from '../core/refusedToken.ts';
import type { Reply } from '../core/reply.ts';
import type { Credential, SecretRead, SecretStore, TokenSource } from '../ports.ts';
import { makeSecretCache } from './secretCache.ts';
import { makeTokenCache } from './tokenCache.ts';
import type { TokenCacheRead } from './tokenCache.ts';

export interface CredentialFailure {
  /** In short, in the place of a server's reply: `Key Vault: forbidden`, `Entra ID: AADSTS7000215`. */
  readonly said: string;
  readonly cause: string;
  readonly remedy: string;
  readonly retryAfterMs: number | null;
}

/** What an account logs in with. The version tells whether a refused one was replaced. */
export interface Login {
  readonly credential: Credential;
  readonly version: string;
}

export type LoginRead =
  | { readonly ok: true; readonly login: Login }
  | { readonly ok: false; readonly failure: CredentialFailure };

export interface Credentials {
  /** Never rejects for what Key Vault, Entra ID or the network does. */
  loginFor(account: string): Promise<LoginRead>;
  /**
   * Somebody will soon ask for that login: the first time in this process it is fetched at once, so that a cold start asks Key Vault and
   * Storage at the same time. Afterwards nothing, so that what waits for its quota fetches nothing.
   */
  foresee(account: string): void;
  /**
   * After the server refused that login with that reply: another one to try, once. Null: there is none, and the reply says what is
   * wrong. A failure: none could be fetched, and that is what is wrong.
   */
  renew(account: string, refused: Login, reply: Reply): Promise<LoginRead | null>;
  /** The next call reads anew, without an account for all of them: a person may have mended the cause. */
  forget(account?: string): void;
}

export type CredentialAccount = Pick<SenderAccount, 'address' | 'auth' | 'secret'>;

export function makeCredentials(deps: {
  secrets: SecretStore;
  /** null: no account logs in by OAuth. */
  tokens: TokenSource | null;
  /** The name in Key Vault of the secret of the application that sends by OAuth; null: it has none. */
  tokenSecret: string | null;
  accounts: readonly CredentialAccount[];
  /** So soon a password that was changed in Key Vault is used, although the server still takes the old one. */
  ttlMs: number;
  /** Milliseconds since any moment; never goes back. */
  monotonicNow: () => number;
}): Credentials {
  const { tokens, tokenSecret, accounts } = deps;
  const byAddress = new Map(accounts.map((account) => [account.address, account]));
  const secrets = makeSecretCache(deps);
  const token = tokens && makeTokenCache({ ...deps, tokens, secrets, secretName: tokenSecret });

  const foreseen = new Set<string>();

  /** What the account's login comes from; null: nothing. */
  function sourceOf(address: string) {
    const account = byAddress.get(address);
    if (account?.auth === 'oauth' && token !== null) return { token } as const;
    return account?.secret ? ({ secretName: account.secret } as const) : null;
  }

  async function loginFor(address: string): Promise<LoginRead> {
    const source = sourceOf(address);
    if (source === null) return noAccount(address);
    return source.token
      ? loginByToken(await source.token.token())
      : loginByPassword(await secrets.secretFor(source.secretName));
  }

  return {
    loginFor,

    foresee(address) {
      if (foreseen.has(address)) return;
      foreseen.add(address);
      // Whoever needs it asks for it, and is told what is wrong.
      loginFor(address).catch(() => undefined);
    },

    async renew(address, { version }, reply) {
      const source = sourceOf(address);
      if (source === null) return null;
      if (source.token) {
        return isCuredByNewToken(reply) ? loginByToken(await source.token.refresh(version)) : null;
      }
      // The old password may have been refused for another reason than its age: the reply says it better than Key Vault.
      const read = await secrets.refresh(source.secretName, version);
      return read.ok && read.version !== version ? loginByPassword(read) : null;
    },

    forget(address) {
      const source = address === undefined ? null : sourceOf(address);
      if (address === undefined) secrets.forget();
      if (address === undefined || source?.token) token?.forget();
      else if (source) secrets.forget(source.secretName);
    },
  };
}

function loginByPassword(read: SecretRead): LoginRead {
  if (!read.ok) return failed(`Key Vault: ${read.failure.kind}`, read.failure);
  const { value, version } = read;
  return { ok: true, login: { credential: { kind: 'password', password: value }, version } };
}

function loginByToken(read: TokenCacheRead): LoginRead {
  if (!read.ok) {
    const { failure } = read;
    return failed('said' in failure ? failure.said : `Key Vault: ${failure.kind}`, failure);
  }
  const { value, version } = read;
  return { ok: true, login: { credential: { kind: 'oauth', accessToken: value.accessToken }, version } };
}

function failed(said: string, failure: Omit<CredentialFailure, 'said'>): LoginRead {
  const { cause, remedy, retryAfterMs } = failure;
  return { ok: false, failure: { said, cause, remedy, retryAfterMs } };
}

function noAccount(account: string): LoginRead {
  return failed('settings: no such account', {
    cause: `${account} is no longer among the sender accounts`,
    remedy: 'put it back into HVE_ACCOUNTS, or cancel what waits for it',
    retryAfterMs: null,
  });
}
