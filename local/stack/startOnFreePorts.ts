import { freePort } from '../freePort.ts';

/** The preferred port if it is free, else the next free one; 0 (any free one) where 0 is preferred. */
export type PickPort = (preferred: number) => Promise<number>;

/** Between the choice of a port and listening on it another process can take it: then all is chosen anew, so often. */
const TRIES = 5;

/** Starts something on ports that `start` picks, and again on others if one of them was taken meanwhile. */
export async function startOnFreePorts<Started>(
  start: (pick: PickPort) => Promise<Started>,
): Promise<Started> {
  for (let tries = 1; ; tries++) {
    const picked: number[] = [];
    const pick: PickPort = async (preferred) => {
      if (preferred === 0) return 0;
      const port = await freePort(preferred, picked);
      picked.push(port);
      return port;
    };
    try {
      return await start(pick);
    } catch (error) {
      if (tries === TRIES || !isPortTaken(error)) throw error;
    }
  }
}

/** By its code, or out of the text of a child process. */
function isPortTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'EADDRINUSE') || error.message.includes('EADDRINUSE');
}
