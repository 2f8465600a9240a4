import { freePort } from '../../local/freePort.ts';
import { quietPort } from '../quietPort.ts';

/** For servers that cannot be told to take any port. */
export async function freePorts(): Promise<{ none: number; pipelining: number; chunking: number }> {
  const none = await quietPort();
  const pipelining = await freePort(none + 1);
  const chunking = await freePort(pipelining + 1);
  return { none, pipelining, chunking };
}
