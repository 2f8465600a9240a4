/** A server before the emulator's tables that loses what goes through it: real sockets, real retries of the SDK. */
import { once } from 'node:events';
import { Agent, createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';
import { inject } from 'vitest';
import { collect } from '../../../contracts/sampleMessages.ts';

/**
 * `refuse`: it never reaches Storage. `lose`: Storage does it, and the connection breaks before the answer. `hang`: Storage does
 * it, and no answer comes. `delay`: the connection breaks, and it reaches Storage only with `landDelayed`.
 */
export type Fault = 'refuse' | 'lose' | 'hang' | 'delay' | null;

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** The same for all tries of one operation. */
  readonly operation: string;
}

export interface StorageProxy {
  readonly connectionString: string;
  /** What reached it, faults included. */
  readonly seen: SeenRequest[];
  /** Asked for every request. */
  fault: (request: SeenRequest) => Fault | Promise<Fault>;
  /** The first delayed request reaches Storage, and is done when this resolves. */
  landDelayed(): Promise<void>;
  /** The next requests with the method meet the fault, so many of them. */
  failNext(method: string, fault: Fault, count: number): void;
}

/** Ends with its test. */
export async function startStorageProxy({
  onTestFinished,
}: Pick<TestContext, 'onTestFinished'>): Promise<StorageProxy> {
  const direct = inject('azurite');
  const endpoint = new URL(/TableEndpoint=([^;]+)/.exec(direct)![1]!);
  const agent = new Agent({ keepAlive: true });
  const seen: SeenRequest[] = [];
  const delayed: (() => void)[] = [];
  let landed: (() => void) | null = null;

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request: SeenRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      operation: String(incoming.headers['x-ms-client-request-id']),
    };
    seen.push(request);
    const fault = await proxy.fault(request);
    if (fault === 'refuse') {
      incoming.socket.destroy();
      return;
    }
    const body = Buffer.concat(await collect<Buffer>(incoming));
    if (fault === 'delay') {
      incoming.socket.destroy();
      await new Promise<void>((resolve) => {
        delayed.push(resolve);
      });
    }
    const upstream = sendRequest({
      agent,
      host: endpoint.hostname,
      port: endpoint.port,
      method: request.method,
      path: request.path,
      headers: incoming.headers,
    });
    upstream.end(body);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    const answered = Buffer.concat(await collect<Buffer>(answer));
    if (fault === 'delay') landed?.();
    if (fault === 'lose') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'hang' || fault === 'delay') return;
    outgoing.writeHead(answer.statusCode!, answer.headers);
    outgoing.end(answered);
  }

  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const proxy: StorageProxy = {
    connectionString: direct.replace(endpoint.host, `127.0.0.1:${port}`),
    seen,
    fault: () => null,
    async landDelayed() {
      await new Promise<void>((resolve) => {
        landed = resolve;
        delayed.shift()?.();
      });
    },
    failNext(method, fault, count) {
      let left = count;
      proxy.fault = (request) => (request.method === method && left-- > 0 ? fault : null);
    },
  };
  onTestFinished(async () => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return proxy;
}
