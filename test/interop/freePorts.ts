import { freePort } from '../../local/freePort.ts';

/** Free when they were looked for: these servers cannot be told to take any. */
export async function freePorts(): Promise<{ none: number; pipelining: number; chunking: number }> {
  const none = await freePort(0);
  const pipelining = await freePort(0, [none]);
  const chunking = await freePort(0, [none, pipelining]);
  return { none, pipelining, chunking };
}
