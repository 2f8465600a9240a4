import { randomInt } from 'node:crypto';
import { freePort } from '../local/freePort.ts';

/**
 * Below those that the system gives to whoever asks for any, as every test does all the time: what is free now is still free a
 * moment later, when somebody listens there, comes back to it, or must find nobody.
 */
const FROM = 20_000;
const TO = 30_000;

/** A free TCP port of 127.0.0.1 that nobody gets by chance. */
export async function quietPort(): Promise<number> {
  return freePort(randomInt(FROM, TO));
}
