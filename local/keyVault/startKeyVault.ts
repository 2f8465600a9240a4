import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { readToken } from './accessToken.ts';
import type { TokenClaims } from './accessToken.ts';
import { answerIdentityRequest, IDENTITY_PATH, unknownIdentity } from './answerIdentityRequest.ts';
import { answerSecretRequest, pathParts } from './answerSecretRequest.ts';
import { authorizeRequest } from './authorizeRequest.ts';
import { answerWithJson, close, listen } from './jsonServer.ts';
import type { JsonRequest } from './jsonServer.ts';
import { faultReply } from './keyVaultFault.ts';
import type { KeyVaultFault } from './keyVaultFault.ts';
import type { KeyVaultReply } from './keyVaultReply.ts';
import { makeVaultSecrets } from './vaultSecrets.ts';

export interface KeyVaultOptions {
  /** A certificate for 127.0.0.1 (certificates.ts); the client must trust its CA. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** Ports of 127.0.0.1; 0 (the default) is any free one. */
  readonly vaultPort?: number;
  readonly identityPort?: number;
  /** Name and value of each secret. They live in memory. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The client id of the app's user-assigned identity; `null`: it has a system-assigned one. */
  readonly identityClientId: string | null;
  /** By how much the app's clock is ahead of this process's: the tokens' expiry goes by the app's. */
  readonly clockOffsetMs?: number;
}

export interface KeyVaultRequest {
  readonly server: 'vault' | 'identity';
  readonly method: string;
  readonly path: string;
  /** `null`: stalled. */
  readonly status: number | null;
}

export interface KeyVault {
  /** For HVE_KEY_VAULT_URI. */
  readonly uri: string;
  /** IDENTITY_ENDPOINT and IDENTITY_HEADER, which the Azure SDK reads: with them a process has the managed identity. */
  readonly environment: Readonly<Record<string, string>>;
  /** Adds a version, as a rotation does. A disabled one cannot be read, and hides the older ones. */
  setSecret(name: string, value: string, options?: { readonly enabled?: boolean }): void;
  /** The claims of a token that the identity's endpoint gave out, whatever its audience and expiry; `null` for anything else. */
  readIdentityToken(token: string): TokenClaims | null;
  /** One fault at a time; `null` takes it back. */
  setFault(fault: KeyVaultFault | null): void;
  /** All requests so far, oldest first. */
  requests(): readonly KeyVaultRequest[];
  stop(): Promise<void>;
}

/** Key Vault throttles at 4,000 reads in ten seconds; nobody looks at more than that here. */
const KEPT_REQUESTS = 4000;

/**
 * Starts a stand-in for Azure Key Vault and for the endpoint from which an app in Azure gets its identity's tokens, so that the
 * real SDKs run here unchanged: challenge and bearer token, versions, errors. It protects nothing: who reads the environment
 * of the app's process can read its secrets, as in Azure.
 */
export async function startKeyVault(options: KeyVaultOptions): Promise<KeyVault> {
  const tokenKey = randomBytes(32);
  const identity = {
    tokenKey,
    identityHeader: randomBytes(16).toString('hex'),
    clientId: options.identityClientId,
  };
  const secrets = makeVaultSecrets();
  const requests: KeyVaultRequest[] = [];
  const fault = makeFaultSwitch();
  const now = (): Date => new Date(Date.now() + (options.clockOffsetMs ?? 0));

  function answerVault(request: JsonRequest): KeyVaultReply {
    // First, as in Azure: who is not known learns nothing, not even of a fault.
    const caller = authorizeRequest(tokenKey, request.headers.authorization, now());
    if ('refusal' in caller) return caller.refusal;
    const secret = pathParts(request.url)[1] ?? '';
    const current = fault.take('vault', secret);
    return current === null
      ? answerSecretRequest(secrets, request, now())
      : faultReply(current, secret, caller.clientId);
  }

  function answerIdentity(request: JsonRequest): KeyVaultReply {
    const current = fault.take('identity', null);
    if (current?.reply === 'forbidden') return unknownIdentity();
    if (current !== null) return faultReply(current, '', '');
    const header = request.headers['x-identity-header'];
    return answerIdentityRequest(identity, { url: request.url, identityHeader: String(header) }, now());
  }

  function recorded(server: 'vault' | 'identity', answer: (request: JsonRequest) => KeyVaultReply) {
    return answerWithJson((request) => {
      const reply = answer(request);
      const status = reply === 'stall' ? null : reply.status;
      requests.push({ server, method: request.method, path: request.url.pathname, status });
      if (requests.length > KEPT_REQUESTS) requests.shift();
      return reply;
    });
  }

  for (const [name, value] of Object.entries(options.secrets)) secrets.set(name, { value }, now());
  const vaultServer = createHttpsServer({ ...options.tls }, recorded('vault', answerVault));
  const identityServer = createHttpServer(recorded('identity', answerIdentity));
  const vaultPort = await listen(vaultServer, options.vaultPort ?? 0);
  let identityPort: number;
  try {
    identityPort = await listen(identityServer, options.identityPort ?? 0);
  } catch (error) {
    await close(vaultServer);
    throw error;
  }
  return {
    uri: `https://127.0.0.1:${vaultPort}`,
    environment: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${identityPort}${IDENTITY_PATH}`,
      IDENTITY_HEADER: identity.identityHeader,
    },
    setSecret: (name, value, { enabled } = {}) => void secrets.set(name, { value, enabled }, now()),
    readIdentityToken: (token) => readToken(tokenKey, token),
    setFault: (next) => fault.set(next),
    requests: () => [...requests],
    stop: async () => void (await Promise.all([close(vaultServer), close(identityServer)])),
  };
}

function makeFaultSwitch() {
  let current: KeyVaultFault | null = null;
  let left = 0;
  return {
    set(fault: KeyVaultFault | null): void {
      current = fault;
      left = fault?.count ?? Infinity;
    },
    /** The fault that this request meets; it counts. */
    take(at: 'vault' | 'identity', secret: string | null): KeyVaultFault | null {
      if (current === null || left <= 0 || (current.at ?? 'vault') !== at) return null;
      if (current.secret !== undefined && current.secret !== secret) return null;
      left -= 1;
      return current;
    },
  };
}
