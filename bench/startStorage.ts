import { startAzurite } from '../local/azurite.ts';
import type { Azurite } from '../local/azurite.ts';

export interface BenchStorage extends Azurite {
  /** By how much its clock is ahead of the machine's. */
  readonly clockOffsetMs: number;
}

const DAY_MS = 86_400_000;
/** Far from midnight and from the edge of an hour: a run that crosses one would measure that, once a day. */
const TIME_OF_DAY_MS = 12.1 * 3_600_000;

/** A storage emulator in a process of its own, in memory, whose clock begins a little after noon UTC. */
export async function startStorage(): Promise<BenchStorage> {
  const now = Date.now() % DAY_MS;
  const clockOffsetMs = (TIME_OF_DAY_MS - now + DAY_MS) % DAY_MS;
  return { ...(await startAzurite({ location: 'memory', clockOffsetMs })), clockOffsetMs };
}
