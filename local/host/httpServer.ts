import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdminApi } from './adminApi.ts';
import { triggerName } from './invoke.ts';
import type { Invoker } from './invoke.ts';
import type { RegisteredFunction } from './functionsCore.ts';
import { BODY_LIMIT_BYTES, readBody, toHttpData, writeResult } from './httpCall.ts';
import type { AuthLevel, Keys } from './keys.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import { parseRoute } from './routeTemplate.ts';
import type { Route } from './routeTemplate.ts';

export interface HttpServerOptions {
  /** Of 127.0.0.1; 0 for any free one. */
  readonly port: number;
  readonly routePrefix: string;
  readonly functions: readonly RegisteredFunction[];
  readonly keys: Keys;
  readonly admin: AdminApi;
  readonly invoker: Invoker;
  readonly log: Log;
}

export interface HttpServer {
  readonly port: number;
  /** Takes no new connections, and settles when what is being answered is answered. */
  stop(): Promise<void>;
}

interface Endpoint {
  readonly fn: RegisteredFunction;
  readonly route: Route;
  readonly methods: readonly string[];
  readonly authLevel: AuthLevel;
}

/** Longer than any caller or proxy keeps a connection: so it is the caller who ends it, and no call meets a closing one. */
const KEEP_ALIVE_MS = 65_000;
/** How long the rest of a body that is too long is still read, so that the caller gets to read the answer. */
const DRAIN_MS = 5000;

/** The HTTP triggers under `/<routePrefix>/…`, and the admin API under `/admin/…`. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  // As Azure does, by the functions' names and not by how specific a route is: a route that hides another hides it here too.
  // https://github.com/Azure/azure-functions-host/issues/9876
  const endpoints = options.functions
    .map(toEndpoint)
    .toSorted((left, right) => left.fn.metadata.name.localeCompare(right.fn.metadata.name));
  const prefix = options.routePrefix === '' ? '/' : `/${options.routePrefix}/`;

  let stopping = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The clock of this process may be shifted; Node's own Date header is not.
    response.setHeader('date', new Date().toUTCString());
    const url = requestUrl(request);
    if (url === undefined) return end(response, 400);
    const key = headerOf(request, 'x-functions-key') ?? url.searchParams.get('code') ?? undefined;
    if (url.pathname === '/') return end(response, 200, 'The local functions host is running.');
    if (url.pathname.startsWith('/admin/')) {
      if (!options.keys.allows('admin', undefined, key)) return end(response, 401);
      return options.admin.answer(request, response, url.pathname.slice('/admin/'.length));
    }
    if (!url.pathname.toLowerCase().startsWith(prefix.toLowerCase())) return end(response, 404);
    const found = findEndpoint(endpoints, request.method ?? 'GET', url.pathname.slice(prefix.length));
    if (found === undefined) return end(response, 404);
    const { endpoint, params } = found;
    const { name } = endpoint.fn.metadata;
    if (!options.keys.allows(endpoint.authLevel, name, key)) return end(response, 401);
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if (body === undefined) return refuseBody(request, response);
    const traceParent = headerOf(request, 'traceparent');
    const result = await options.invoker.invoke(endpoint.fn, {
      data: { http: toHttpData(request, url, params, body) },
      metadata: {},
      reason: `${request.method ?? ''} ${url.pathname}`,
      ...(traceParent === undefined ? {} : { traceParent }),
    });
    if (stopping) response.shouldKeepAlive = false;
    if (!result.ok) return end(response, 500);
    writeResult(response, result.response.returnValue?.http);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A caller that went away in the middle of its request is no trouble of ours.
      const level = request.complete ? 'error' : 'debug';
      options.log({ level, message: `${request.method} ${request.url}: ${errorText(error)}` });
      if (response.headersSent) response.destroy();
      else end(response, 500);
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The HTTP server has no port.');
  return {
    port: address.port,
    stop: async () => {
      stopping = true;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
    },
  };
}

function toEndpoint(fn: RegisteredFunction): Endpoint {
  const binding = fn.metadata.bindings[triggerName(fn)] ?? {};
  const { route, methods, authLevel } = binding as Record<string, unknown>;
  const level = typeof authLevel === 'string' ? authLevel.toLowerCase() : 'function';
  return {
    fn,
    route: parseRoute(typeof route === 'string' && route !== '' ? route : fn.metadata.name),
    methods: Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : [],
    authLevel: level === 'anonymous' || level === 'admin' ? level : 'function',
  };
}

/** The first route that matches and has the method. A method that no function has is 404, as in Azure. */
function findEndpoint(
  endpoints: readonly Endpoint[],
  method: string,
  path: string,
): { endpoint: Endpoint; params: Record<string, string> } | undefined {
  for (const endpoint of endpoints) {
    if (endpoint.methods.length > 0 && !endpoint.methods.includes(method)) continue;
    const params = endpoint.route.match(path);
    if (params !== undefined) return { endpoint, params };
  }
  return undefined;
}

function requestUrl(request: IncomingMessage): URL | undefined {
  const host = headerOf(request, 'host') ?? '127.0.0.1';
  return URL.parse(request.url ?? '/', `http://${host}`) ?? undefined;
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function end(response: ServerResponse, status: number, text = ''): void {
  response.writeHead(status, text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

/**
 * The answer goes at once, its end only when the body has come: a connection that is closed while the caller still writes is reset,
 * and the answer is lost with it.
 */
function refuseBody(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(413, { connection: 'close', 'content-length': 0 });
  response.flushHeaders();
  const deadline = setTimeout(() => request.destroy(), DRAIN_MS);
  request.once('end', () => response.end());
  request.once('close', () => clearTimeout(deadline));
  request.resume();
}
