import { randomInt } from 'node:crypto';
import { freePort } from '../../local/freePort.ts';

/**
 * Below those that the system gives to whoever asks for any, as the other tests do meanwhile: what is free now is still free
 * when the server has come so far as to listen there.
 */
const FROM = 20_000;
const TO = 30_000;

/** For servers that cannot be told to take any port. */
export async function freePorts(): Promise<{ none: number; pipelining: number; chunking: number }> {
  const none = await freePort(randomInt(FROM, TO));
  const pipelining = await freePort(none + 1);
  const chunking = await freePort(pipelining + 1);
  return { none, pipelining, chunking };
}
