import { createHash } from 'node:crypto';
import type { Message } from './message.ts';
import { TRACEPARENT } from './traceContext.ts';

/**
 * SHA-256 of a message as it was understood: what differs only in how it is written is the same body, and so is what differs
 * only in its traceparent, which a producer's library makes anew with each try.
 */
export function fingerprintOf(message: Message): string {
  const { [TRACEPARENT]: _, ...metadata } = message.metadata;
  return createHash('sha256')
    .update(JSON.stringify({ ...message, metadata }))
    .digest('base64url');
}
