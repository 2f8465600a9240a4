import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { makeChangeEvents } from './changeEvents.ts';
import type { FaultBook } from './faults.ts';
import { makeInboxRoutes, type InboxAbout, type RouteContext } from './inboxRoutes.ts';
import type { MailStore } from './mailStore.ts';
import { sendProblem } from './problem.ts';

export interface InboxServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly store: MailStore;
  readonly faults: FaultBook;
  readonly about: InboxAbout;
  readonly warn: (message: string) => void;
}

export interface RunningInboxServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** The page's own rule: nothing from elsewhere, no inline script or style. The mails' HTML has a rule of its own. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export async function startInboxServer(options: InboxServerOptions): Promise<RunningInboxServer> {
  const events = makeChangeEvents();
  options.store.onChange(() => events.announce());
  options.faults.onChange(() => events.announce());
  const routes = makeInboxRoutes({ ...options, events });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    setCommonHeaders(response);
    const url = new URL(request.url ?? '/', 'http://inbox');
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    // A web page of somebody else's in the same browser may not set faults or empty the inbox.
    if (method !== 'GET' && request.headers['sec-fetch-site'] === 'cross-site') {
      return sendProblem(response, 403, 'cross-site', 'Requests from other sites may only read.');
    }
    const found = routes.flatMap((route) => {
      const match = route.path.exec(url.pathname);
      return match === null ? [] : [{ route, parts: match.slice(1) }];
    });
    if (found.length === 0) {
      return sendProblem(response, 404, 'not-found', `There is nothing at ${url.pathname}.`);
    }
    const hit = found.find(({ route }) => route.method === method);
    if (hit === undefined) {
      const allowed = found.map(({ route }) => route.method).join(', ');
      response.setHeader('allow', allowed);
      return sendProblem(response, 405, 'method-not-allowed', `${url.pathname} takes ${allowed} only.`);
    }
    const context: RouteContext = { request, response, url, parts: hit.parts };
    await hit.route.answer(context);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      options.warn(`The inbox could not answer ${request.method} ${request.url}: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else sendProblem(response, 500, 'failed', 'The inbox could not answer; its output says why.');
    });
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The inbox has no TCP address.');
  return {
    port: address.port,
    stop: async () => {
      events.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function setCommonHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', PAGE_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cache-control', 'no-store');
}
