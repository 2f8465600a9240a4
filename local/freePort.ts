import { createServer } from 'node:net';

/** A port is tried at most so far above the preferred one: further away nobody would look for it. */
const SEARCH_WIDTH = 100;

/** The preferred TCP port of 127.0.0.1 if it is free and not in `taken`, else the next free one above it, else any free one. */
export async function freePort(preferred: number, taken: readonly number[] = []): Promise<number> {
  const last = Math.min(preferred + SEARCH_WIDTH, 65_535);
  for (let port = preferred; port > 0 && port <= last; port++) {
    if (!taken.includes(port) && (await tryListen(port)) !== undefined) return port;
  }
  const any = await tryListen(0);
  if (any === undefined) throw new Error('No TCP port is free on 127.0.0.1.');
  return any;
}

/** The port if one could listen on it, undefined if another process does. */
async function tryListen(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(found));
    });
  });
}
