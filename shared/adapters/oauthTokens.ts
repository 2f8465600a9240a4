import type { ClientSecretCredentialOptions, TokenCredential } from '@azure/identity';
import { readClientCertificate } from '../core/clientCertificate.ts';
import { describeTokenTrouble, HVE_TOKEN_MARGIN_MS } from '../core/oauthRules.ts';
import type { TokenTrouble } from '../core/oauthRules.ts';
import type { TokenRead, TokenSource } from '../ports.ts';

export interface OAuthTokensOptions {
  readonly tenantId: string;
  /** Of the application that Exchange Online knows. */
  readonly clientId: string;
  readonly credential: 'managedIdentity' | 'secret' | 'certificate';
  /** The name of the secret in Key Vault, for the words of a failure. */
  readonly secretName: string | null;
  /** The app's own identity: with `managedIdentity` its token is the application's proof. */
  readonly identity: TokenCredential;
  /** An origin; null: `https://login.microsoftonline.com`. */
  readonly authorityHost: string | null;
  /** Milliseconds since 1970, by the clock that the SDK reads too. Default `Date.now`. */
  readonly now?: () => number;
  /** A request ends by then, the second try included. Default 15 s. */
  readonly timeoutMs?: number;
  /** How long after a failure of the network or of Entra ID's own the second and last try follows. Default 300 ms. */
  readonly retryDelayMs?: number;
}

type Token = Extract<TokenRead, { ok: true }>;
type SdkOptions = ClientSecretCredentialOptions;
type Policy = NonNullable<SdkOptions['additionalPolicies']>[number]['policy'];
type SendRequest = Policy['sendRequest'];
type Response = Awaited<ReturnType<SendRequest>>;

const SCOPES = 'https://outlook.office.com/.default';
/** What a federated credential takes for its audience. */
const EXCHANGE_SCOPES = 'api://AzureADTokenExchange/.default';
const MICROSOFT_HOST = 'https://login.microsoftonline.com';
/** A token takes 0.3 s, the first one with the SDK's loading about 1 s. Deliveries wait meanwhile, before their claim. */
const TIMEOUT_MS = 15_000;
/** Enough for a broken connection to be made anew; an outage is the caller's to wait for. */
const RETRY_DELAY_MS = 300;

/**
 * Access tokens of the application that sends, by client credentials from Entra ID's v2.0 endpoint. Each request makes a credential
 * of its own, so that nothing comes from the SDK's memory: what is kept, and for how long, is the flow's to say. A failure of the
 * network or a 5xx is tried once more, here and nowhere below: the SDK's own retries are off.
 */
export function makeOAuthTokens(options: OAuthTokensOptions): TokenSource {
  const { tenantId, clientId, secretName, identity } = options;
  const { now = Date.now, timeoutMs = TIMEOUT_MS, retryDelayMs = RETRY_DELAY_MS } = options;
  const host = options.authorityHost ?? MICROSOFT_HOST;

  const failed = (trouble: TokenTrouble): TokenRead => ({
    ok: false,
    failure: describeTokenTrouble(trouble, { host, tenantId, clientId, secret: secretName }),
  });

  async function tryOnce(secret: string | null, signal: AbortSignal): Promise<Token | TokenTrouble> {
    const proof = await proofOf(options.credential, secret, identity);
    if ('from' in proof) return proof;
    const witness = makeWitness(signal);
    try {
      const credential = await openCredential(
        proof,
        { tenantId, clientId },
        sdkOptions(host, witness.policy),
      );
      const token = await credential.getToken(SCOPES);
      if (token === null) return { from: 'network', said: 'the SDK gave no token and no error' };
      const lifeMs = token.expiresOnTimestamp - now();
      if (lifeMs <= HVE_TOKEN_MARGIN_MS) return { from: 'shortLived', lifeMs };
      return { ok: true, accessToken: token.token, lifeMs };
    } catch (error) {
      return witness.trouble() ?? { from: 'network', said: oneLine(error) };
    }
  }

  async function tryTwice(secret: string | null, signal: AbortSignal): Promise<TokenRead> {
    const first = await tryOnce(secret, signal);
    if ('ok' in first) return first;
    if (!isBlip(first) || signal.aborted) return failed(first);
    await delay(retryDelayMs, signal);
    const second = await tryOnce(secret, signal);
    return 'ok' in second ? second : failed(second);
  }

  return {
    async request(secret) {
      const abort = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<TokenRead>((resolve) => {
        timer = setTimeout(() => {
          // Before the abort, which fails the request too.
          resolve(failed({ from: 'timeout', timeoutMs }));
          abort.abort();
        }, timeoutMs);
      });
      try {
        return await Promise.race([timeout, tryTwice(secret, abort.signal)]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** How the application proves who it is. */
type Proof =
  | { readonly by: 'secret'; readonly secret: string }
  | { readonly by: 'certificate'; readonly pem: string }
  | { readonly by: 'assertion'; readonly assertion: string };

async function proofOf(
  kind: OAuthTokensOptions['credential'],
  secret: string | null,
  identity: TokenCredential,
): Promise<Proof | TokenTrouble> {
  if (kind === 'managedIdentity') return proofOfIdentity(identity);
  if (kind === 'secret') return { by: 'secret', secret: secret ?? '' };
  const certificate = readClientCertificate(secret ?? '');
  return certificate.ok
    ? { by: 'certificate', pem: certificate.pem }
    : { from: 'certificate', said: certificate.said };
}

/** Before Entra ID is asked, so that its trouble and the identity endpoint's are never taken for each other. */
async function proofOfIdentity(identity: TokenCredential): Promise<Proof | TokenTrouble> {
  try {
    const token = await identity.getToken(EXCHANGE_SCOPES);
    if (token !== null) return { by: 'assertion', assertion: token.token };
    return { from: 'identity', status: null, said: 'the SDK gave no token and no error' };
  } catch (error) {
    const status = field(field(error, 'cause'), 'status');
    return { from: 'identity', status: typeof status === 'number' ? status : null, said: oneLine(error) };
  }
}

/** The SDK is most of what loads at a cold start, so it is loaded with the first token. */
async function openCredential(
  proof: Proof,
  { tenantId, clientId }: { readonly tenantId: string; readonly clientId: string },
  options: SdkOptions,
): Promise<TokenCredential> {
  const sdk = await import('@azure/identity');
  switch (proof.by) {
    case 'secret':
      return new sdk.ClientSecretCredential(tenantId, clientId, proof.secret, options);
    case 'certificate':
      return new sdk.ClientCertificateCredential(tenantId, clientId, { certificate: proof.pem }, options);
    case 'assertion':
      return new sdk.ClientAssertionCredential(tenantId, clientId, async () => proof.assertion, options);
  }
}

function sdkOptions(authorityHost: string, policy: Policy): SdkOptions {
  return {
    authorityHost,
    // The host is ours or from the settings; asking Microsoft's whether it knows it is one more thing that can fail.
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [{ policy, position: 'perRetry' }],
  };
}

/**
 * Sees what the SDK's errors no longer have: the status, the error codes, Retry-After. It never looks at what was sent. It also
 * ends the requests, for which the SDK takes no signal.
 */
function makeWitness(signal: AbortSignal): { policy: Policy; trouble(): TokenTrouble | null } {
  let seen: TokenTrouble | null = null;
  const policy: Policy = {
    name: 'hveTokenWitness',
    async sendRequest(request, next) {
      request.abortSignal = signal;
      try {
        const response = await next(request);
        seen = response.status < 400 ? null : readTrouble(response);
        return response;
      } catch (error) {
        seen = { from: 'network', said: oneLine(error) };
        throw error;
      }
    },
  };
  return { policy, trouble: () => seen };
}

function readTrouble(response: Response): TokenTrouble {
  const body = parseJson(response.bodyAsText ?? '');
  const codes = field(body, 'error_codes');
  const description = field(body, 'error_description');
  const error = field(body, 'error');
  return {
    from: 'entra',
    status: response.status,
    codes: Array.isArray(codes) ? codes.filter((code) => typeof code === 'number') : [],
    said:
      typeof description === 'string' ? withoutTrace(description) : typeof error === 'string' ? error : '',
    retryAfterMs: retryAfterMs(response),
  };
}

/** Its end is another one each time: trace and correlation id, time. As a cause it would always be news. */
function withoutTrace(description: string): string {
  return description
    .split(/\s*Trace ID:/)[0]!
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** In seconds or as a date (RFC 9110, 10.2.3); a date counts from the reply's own Date. */
function retryAfterMs({ headers }: Response): number | null {
  const value = headers.get('retry-after');
  if (value === undefined) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const waitMs = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}

/** What may be gone a moment later. Not the identity's trouble: its credential has tried that again already. */
function isBlip(trouble: TokenTrouble): boolean {
  if (trouble.from === 'network') return true;
  return trouble.from === 'entra' && trouble.status >= 500 && trouble.retryAfterMs === null;
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

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, ' ').trim();
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
