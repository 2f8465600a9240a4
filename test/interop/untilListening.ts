import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from './daemon.ts';

const DEADLINE_MS = 45_000;
const LOOK_AGAIN_MS = 50;

/** Resolves when a server says its greeting on each of these ports; rejects with what it said where it does not come to that. */
export async function untilListening(
  daemon: Daemon,
  { host, ports, log }: { host: string; ports: readonly number[]; log: () => Promise<string> },
): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (const port of ports) {
    while (!(await greets(host, port))) {
      if (!daemon.isRunning() || performance.now() > deadlineMs) {
        const said = daemon.output() + (await log().catch(() => ''));
        throw new Error(`Nobody listens on ${host}:${port}. The server said:\n${said}`);
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

async function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('data', () => {
      socket.end('QUIT\r\n');
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
