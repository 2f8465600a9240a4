import type { TokenCredential } from '@azure/identity';
import type { SecretClient } from '@azure/keyvault-secrets';
import { describeKeyVaultTrouble } from '../core/keyVaultRules.ts';
import type { KeyVaultTrouble } from '../core/keyVaultRules.ts';
import type { SecretRead, SecretStore } from '../ports.ts';
import { openOnce } from '../core/openOnce.ts';

export interface KeyVaultSecretsOptions {
  /** `https://NAME.vault.azure.net`, in Azure. */
  readonly uri: string;
  readonly credential: TokenCredential;
  /** A read ends by then, whatever it waits for (a token, the vault, the second try). Default 10 s. */
  readonly timeoutMs?: number;
  /** How long after a failure of the network or the vault's own the second and last try follows. Default 200 ms. */
  readonly retryDelayMs?: number;
}

type Secret = Extract<SecretRead, { ok: true }>;

/** A read takes 0.1 s, the first with its token about 1 s. Deliveries wait meanwhile, under a claim of some minutes. */
const TIMEOUT_MS = 10_000;
/** Enough for a broken connection to be made anew; a vault that is really down is the caller's to wait for. */
const RETRY_DELAY_MS = 200;

/**
 * Secrets from Azure Key Vault. A failure of the network or a 5xx is tried once more, here and nowhere below: the SDK's own
 * retries are off (they would also sleep through a Retry-After, which is the caller's to know).
 */
export function makeKeyVaultSecrets(options: KeyVaultSecretsOptions): SecretStore {
  const { uri, credential, timeoutMs = TIMEOUT_MS, retryDelayMs = RETRY_DELAY_MS } = options;
  let client = openOnce(openClient);

  async function openClient(): Promise<SecretClient> {
    const { SecretClient: Client } = await import('@azure/keyvault-secrets');
    return new Client(uri, credential, {
      retryOptions: { maxRetries: 0 },
      disableChallengeResourceVerification: isLoopback(uri),
    });
  }

  function failed(name: string, trouble: KeyVaultTrouble): SecretRead {
    return { ok: false, failure: describeKeyVaultTrouble(trouble, { uri, name }) };
  }

  async function tryOnce(name: string, signal: AbortSignal): Promise<Secret | KeyVaultTrouble> {
    try {
      const opened = await client();
      const { value, properties } = await opened.getSecret(name, { abortSignal: signal });
      if (value === undefined || value === '') return { from: 'emptyValue' };
      return { ok: true, value, version: properties.version ?? '' };
    } catch (error) {
      return readTrouble(error);
    }
  }

  async function tryTwice(name: string, signal: AbortSignal): Promise<SecretRead> {
    const first = await tryOnce(name, signal);
    if ('ok' in first) return first;
    if (!isBlip(first)) return failed(name, first);
    await delay(retryDelayMs, signal);
    const second = await tryOnce(name, signal);
    return 'ok' in second ? second : failed(name, second);
  }

  return {
    async read(name) {
      const abort = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<SecretRead>((resolve) => {
        timer = setTimeout(() => {
          // Before the abort, which fails the read too. The client is not used again: all its reads would wait for
          // the same token request, which nothing ends.
          resolve(failed(name, { from: 'timeout', timeoutMs }));
          client = openOnce(openClient);
          abort.abort();
        }, timeoutMs);
      });
      try {
        return await Promise.race([timeout, tryTwice(name, abort.signal)]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * The SDK gives a token only to a host below the domain that the host itself names as the token's audience (vault.azure.net), so
 * that a false vault gets no token for the true one. The local vault is no host below that domain, and names below localhost do
 * not resolve everywhere. On a loopback address there is nobody to be fooled by: what listens there is on this machine, where
 * it could as well ask the identity's endpoint; TLS is verified all the same.
 */
export function isLoopback(uri: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(uri).hostname);
}

/** What may be gone a moment later. Not the token's trouble: the credential has tried that again already. */
function isBlip(trouble: KeyVaultTrouble): boolean {
  if (trouble.from === 'network') return true;
  return trouble.from === 'vault' && trouble.status >= 500 && trouble.retryAfterMs === null;
}

/** Ends early, without an error, when the signal comes. */
async function delay(delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const CREDENTIAL_ERRORS: ReadonlySet<unknown> = new Set([
  'CredentialUnavailableError',
  'AuthenticationRequiredError',
  'AuthenticationError',
]);

/**
 * The facts of an error of the SDK; never the error itself, which holds the request with its token. A RestError has Key Vault's
 * status and body; an error of the credential has the status of the identity's endpoint in its cause (a ServerError of MSAL).
 */
function readTrouble(error: unknown): KeyVaultTrouble {
  const status = numberIn(error, 'statusCode');
  const said = oneLine(error);
  if (status !== null) {
    const body = field(field(error, 'details'), 'error');
    const code = stringIn(field(body, 'innerError'), 'code') ?? stringIn(error, 'code') ?? '';
    return { from: 'vault', status, code, said, retryAfterMs: retryAfterMs(error) };
  }
  return CREDENTIAL_ERRORS.has(field(error, 'name'))
    ? { from: 'identity', status: numberIn(field(error, 'cause'), 'status'), said }
    : { from: 'network', said };
}

/** In seconds or as a date (RFC 9110, 10.2.3); a date counts from the reply's own Date, so that no clock of ours matters. */
function retryAfterMs(error: unknown): number | null {
  const headers = field(field(error, 'response'), 'headers');
  const get = field(headers, 'get');
  const header = (name: string): unknown =>
    typeof get === 'function' ? Reflect.apply(get, headers, [name]) : null;
  const value = header('retry-after');
  if (typeof value !== 'string') return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const waitMs = Date.parse(value) - Date.parse(String(header('date')));
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, ' ').trim();
}

function numberIn(value: unknown, name: string): number | null {
  const found = field(value, name);
  return typeof found === 'number' ? found : null;
}

function stringIn(value: unknown, name: string): string | null {
  const found = field(value, name);
  return typeof found === 'string' ? found : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
