/**
 * A process with slow lines: whoever connects to one is connected to a server of this machine, and every byte takes half of the
 * round trip on its way. The handshake of TCP takes its one too.
 */
import { once } from 'node:events';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { serveCalls } from '../serveCalls.ts';

export interface LineArgument {
  /** Of 127.0.0.1. */
  readonly targetPort: number;
  readonly roundTripMs: number;
}

/** Who has ended may still be answered. */
const HALF_OPEN = { allowHalfOpen: true } as const;

const servers: Server[] = [];
const sockets = new Set<Socket>();

serveCalls({
  /** Resolves with the port of the line. */
  async open({ targetPort, roundTripMs }: LineArgument): Promise<number> {
    const server = createServer(HALF_OPEN, (near) => join(near, targetPort, roundTripMs));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
  async closeAll(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  },
});

function join(near: Socket, targetPort: number, roundTripMs: number): void {
  const far = new Socket(HALF_OPEN);
  for (const socket of [near, far]) {
    sockets.add(socket);
    socket.setNoDelay(true);
    // A side that goes away in the middle is told to the other by `close`.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  }
  // SYN and SYN-ACK: until then nothing is read, and nothing comes.
  setTimeout(() => {
    far.connect({ host: '127.0.0.1', port: targetPort });
    pass(near, far, roundTripMs / 2);
    pass(far, near, roundTripMs / 2);
  }, roundTripMs);
}

function pass(from: Socket, to: Socket, delayMs: number): void {
  const late = makeDelay(delayMs);
  from.on('data', (bytes) => late(() => to.write(bytes)));
  from.on('end', () => late(() => to.end()));
  from.on('close', () => late(() => to.destroySoon()));
}

/** Does things in their order, each no sooner than `delayMs` from when it was given. */
function makeDelay(delayMs: number): (act: () => void) => void {
  const waiting: { readonly dueAt: number; readonly act: () => void }[] = [];
  const run = (): void => {
    while (waiting[0] !== undefined && waiting[0].dueAt <= performance.now()) waiting.shift()!.act();
    if (waiting[0] !== undefined) setTimeout(run, Math.max(waiting[0].dueAt - performance.now(), 0));
  };
  return (act) => {
    waiting.push({ dueAt: performance.now() + delayMs, act });
    if (waiting.length === 1) setTimeout(run, delayMs);
  };
}
