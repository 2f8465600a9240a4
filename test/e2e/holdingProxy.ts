import { createServer, request as requestOf } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface HoldingProxy {
  readonly port: number;
  /** From now on requests of that kind vanish. */
  hold(isHeld: (request: IncomingMessage) => boolean): void;
  /** From now on none does. */
  letGo(): void;
  /** So many have vanished. */
  held(): number;
  stop(): Promise<void>;
}

/**
 * Stands between the app and one service of the storage, and lets requests of a kind vanish: they are taken and neither
 * passed on nor answered. Signatures hold, as they say nothing of host and port.
 */
export async function startHoldingProxy(targetPort: number): Promise<HoldingProxy> {
  let held = 0;
  let isHeld: (request: IncomingMessage) => boolean = () => false;
  const server = createServer((incoming, response) => {
    if (isHeld(incoming)) {
      held += 1;
      return;
    }
    const { method, url, headers } = incoming;
    const outgoing = requestOf({ host: '127.0.0.1', port: targetPort, method, path: url, headers });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    port: address.port,
    hold: (next) => {
      isHeld = next;
    },
    letGo: () => {
      isHeld = () => false;
    },
    held: () => held,
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
