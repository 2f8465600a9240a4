import { createServer, request as requestOf } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { PRINCIPAL_HEADER } from '../../shared/core/api/callerRoles.ts';
import { close, listen } from '../../local/keyVault/jsonServer.ts';

/** `loseAnswer`: the request is carried out, and the connection ends without an answer. `busy`: 503, try again in a second. */
export type Fault = 'loseAnswer' | 'busy';

export interface GatewayOptions {
  /** An HTTP origin. */
  readonly target: string;
  /** Given: HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Judges the bearer token of a request; null: there was none. Without it nobody asks for one. */
  readonly isWelcome?: (token: string | null) => boolean;
  /** Given: it stands for App Service Authentication before the API, and says this of whoever is welcome. */
  readonly principal?: string;
  /** A query by which the target knows the gateway, instead of the caller's token. */
  readonly signature?: string;
  /** What becomes of the first requests that are welcome, one each. */
  readonly faults?: readonly Fault[];
}

export interface Gateway extends AsyncDisposable {
  readonly origin: string;
  /** How many requests were welcome, and how many were not. */
  counts(): { readonly welcome: number; readonly refused: number };
}

/**
 * What stands before a service in Azure and not here: the sign-in with Entra ID, and a network that loses answers.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { target, tls, isWelcome, faults = [] } = options;
  let welcome = 0;
  let refused = 0;

  function answer(incoming: IncomingMessage, response: ServerResponse): void {
    const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? null;
    if (!isExcluded(incoming) && isWelcome?.(token) === false) {
      refused += 1;
      incoming.resume();
      response.writeHead(401).end();
      return;
    }
    const fault = faults[welcome];
    welcome += 1;
    if (fault === 'busy') {
      incoming.resume();
      response.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    forward(incoming, response, fault === 'loseAnswer');
  }

  /** As `excludedPaths` of infra/modules/apiAuthentication.bicep has it. */
  function isExcluded({ url = '' }: IncomingMessage): boolean {
    return options.principal !== undefined && url.startsWith('/api/operations/');
  }

  function forward(incoming: IncomingMessage, response: ServerResponse, isLost: boolean): void {
    const url = new URL(incoming.url ?? '/', target);
    const headers = { ...incoming.headers };
    // Nobody but the platform may say who calls.
    delete headers[PRINCIPAL_HEADER];
    if (options.principal !== undefined && headers.authorization !== undefined) {
      headers[PRINCIPAL_HEADER] = options.principal;
    }
    if (options.signature !== undefined) {
      url.search += `${url.search === '' ? '?' : '&'}${options.signature}`;
      delete headers.authorization;
    }
    const outgoing = requestOf(url, { method: incoming.method, headers });
    outgoing.on('response', (found) => {
      if (isLost) {
        found.resume();
        found.on('end', () => response.destroy());
        return;
      }
      response.writeHead(found.statusCode ?? 502, withScheme(found.headers));
      found.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  }

  /** The host makes its addresses of what it was asked for; behind Azure's front end it knows that this was HTTPS. */
  function withScheme(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    if (tls === undefined || headers.location === undefined) return headers;
    return { ...headers, location: headers.location.replace(/^http:/, 'https:') };
  }

  const server = tls === undefined ? createServer(answer) : createTlsServer({ ...tls }, answer);
  const port = await listen(server, 0);
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    counts: () => ({ welcome, refused }),
    [Symbol.asyncDispose]: async () => close(server),
  };
}
