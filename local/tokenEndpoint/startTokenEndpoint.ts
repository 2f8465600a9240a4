import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import { answerWithJson, close, listen } from '../keyVault/jsonServer.ts';
import type { JsonRequest } from '../keyVault/jsonServer.ts';
import type { KeyVaultReply } from '../keyVault/keyVaultReply.ts';
import { answerTokenRequest } from './answerTokenRequest.ts';
import type { Application } from './application.ts';
import { entraError } from './entraReply.ts';
import { judgeToken } from './judgeToken.ts';

export interface TokenEndpointOptions {
  /** A certificate for 127.0.0.1 (certificates.ts); the client must trust its CA. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** A port of 127.0.0.1; 0 (the default) is any free one. */
  readonly port?: number;
  readonly tenantId: string;
  readonly application: Pick<Application, 'clientId' | 'credential' | 'accounts'> & Partial<Application>;
  /** By how much the app's clock is ahead of this process's: the tokens' expiry goes by the app's. */
  readonly clockOffsetMs?: number;
}

export type TokenEndpointFault =
  | { readonly reply: 'unavailable' | 'stall'; readonly count?: number }
  | { readonly reply: 'throttled'; readonly retryAfterSeconds?: number; readonly count?: number }
  /** Another error of Entra ID's. */
  | {
      readonly reply: 'refused';
      readonly status: number;
      readonly code: number;
      readonly message: string;
      readonly count?: number;
    };

export interface TokenEndpoint {
  /** For HVE_OAUTH_AUTHORITY_HOST. */
  readonly authorityHost: string;
  /** As a change at the application, its consent, its allowed lists. What was given out stays as it is. */
  change(changes: Partial<Application>): void;
  /** For the simulator: `ok`, or the reply that refuses the token. */
  judge(account: string, token: string): string;
  /** One fault of the token requests at a time; `null` takes it back. `count`: so many requests, then none any more. */
  setFault(fault: TokenEndpointFault | null): void;
  /** The status of every request for a token so far, oldest first; `null`: stalled. */
  tokenRequests(): readonly (number | null)[];
  stop(): Promise<void>;
}

/** An hour, Entra ID's shortest usual. */
const TOKEN_LIFE_SECONDS = 3600;
const TOKEN_PATH = /^\/([^/]+)\/oauth2\/v2\.0\/token$/;
const CONFIGURATION_PATH = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/;
/** Nobody looks at more than that here. */
const KEPT_REQUESTS = 4000;

/**
 * Starts a stand-in for Entra ID with one tenant and one application, so that the real SDK runs here unchanged: it discovers the
 * endpoint and gets a token for a client secret, a certificate, or a token of the managed identity. The tokens are signed with a key
 * that nobody else knows, and `judge` reads them as HVE's front end does.
 */
export async function startTokenEndpoint(options: TokenEndpointOptions): Promise<TokenEndpoint> {
  const { tls, port = 0, tenantId, clockOffsetMs = 0 } = options;
  const key = randomBytes(32);
  const statuses: (number | null)[] = [];
  let application: Application = {
    isDisabled: false,
    roles: ['Mail.Send'],
    tokenLifeSeconds: TOKEN_LIFE_SECONDS,
    ...options.application,
  };
  let fault: TokenEndpointFault | null = null;
  let faultsLeft = 0;
  const now = (): Date => new Date(Date.now() + clockOffsetMs);

  function takeFault(): KeyVaultReply | null {
    if (fault === null || faultsLeft <= 0) return null;
    faultsLeft -= 1;
    return faultReply(fault, now());
  }

  function answer({ method, url, body }: JsonRequest): KeyVaultReply {
    const tokenTenant = TOKEN_PATH.exec(url.pathname)?.[1];
    if (method === 'POST' && tokenTenant !== undefined) {
      const request = {
        tenantId: tokenTenant,
        url: url.origin + url.pathname,
        form: new URLSearchParams(body),
      };
      const reply = takeFault() ?? answerTokenRequest(key, tenantId, application, request, now());
      statuses.push(reply === 'stall' ? null : reply.status);
      if (statuses.length > KEPT_REQUESTS) statuses.shift();
      return reply;
    }
    // Of any tenant: that there is no such one is said to the request for the token.
    const tenant = CONFIGURATION_PATH.exec(url.pathname)?.[1];
    if (method === 'GET' && tenant !== undefined) return configuration(url.origin, tenant);
    return {
      status: 404,
      body: { error: 'not_found', error_description: `There is nothing at ${url.pathname}.` },
    };
  }

  const server = createServer({ ...tls }, answerWithJson(answer));
  const listening = await listen(server, port);
  return {
    authorityHost: `https://127.0.0.1:${listening}`,
    change(changes) {
      application = { ...application, ...changes };
    },
    judge: (account, token) => judgeToken(key, application, account, token, now()),
    setFault(next) {
      fault = next;
      faultsLeft = next?.count ?? Infinity;
    },
    tokenRequests: () => [...statuses],
    stop: async () => close(server),
  };
}

/** https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc */
function configuration(origin: string, tenant: string): KeyVaultReply {
  return {
    status: 200,
    body: {
      issuer: `${origin}/${tenant}/v2.0`,
      authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
      jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      grant_types_supported: ['client_credentials'],
    },
  };
}

const DEFAULT_RETRY_AFTER_SECONDS = 2;

function faultReply(fault: TokenEndpointFault, now: Date): KeyVaultReply {
  switch (fault.reply) {
    case 'stall':
      return 'stall';
    case 'unavailable':
      return entraError(
        503,
        'temporarily_unavailable',
        90_033,
        'A transient error has occurred. Please try again.',
        now,
      );
    case 'throttled': {
      const seconds = fault.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS;
      const headers = { 'Retry-After': String(seconds) };
      return entraError(
        429,
        'temporarily_unavailable',
        90_055,
        'The server is throttling requests.',
        now,
        headers,
      );
    }
    case 'refused':
      return entraError(fault.status, 'invalid_request', fault.code, fault.message, now);
  }
}
