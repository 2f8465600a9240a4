import { createHash } from 'node:crypto';
import type { Message } from './message.ts';

/** SHA-256 of a message as it was understood: what differs only in how it is written is the same body. */
export function fingerprintOf(message: Message): string {
  return createHash('sha256').update(JSON.stringify(message)).digest('base64url');
}
