/** A server in the place of an app, for what no app of ours does: what it answers is the test's. */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Answering {
  readonly url: string;
  readonly heard: readonly Heard[];
  stop(): void;
}

export async function startAnswering(
  answer: (heard: Heard) => Said,
  tls: { readonly key: string; readonly cert: string } | null = null,
): Promise<Answering> {
  const heard: Heard[] = [];
  const server = tls === null ? createHttp() : createHttps(tls);
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const one = { method: request.method ?? '', path: pathname, headers: request.headers };
    heard.push(one);
    const { status = 200, headers = {}, body } = answer(one);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}`,
    heard,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
