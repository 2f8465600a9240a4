import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { TypedData } from './rpc.ts';

/** The text that the app gets for a message's text, or undefined when it should be base64 and is not. */
export function decodeMessageText(text: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return text;
  const packed = text.replace(/\s/g, '');
  const isBase64 = packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
  return isBase64 ? Buffer.from(packed, 'base64').toString('utf8') : undefined;
}

/** What `context.triggerMetadata` is made of; the library makes the first letter of each key a small one. */
export function queueTriggerMetadata(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  return {
    QueueTrigger: { string: text },
    DequeueCount: { int: message.dequeueCount },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    InsertionTime: { json: JSON.stringify(dotNetTime(message.insertedOn)) },
    ExpirationTime: { json: JSON.stringify(dotNetTime(message.expiresOn)) },
    NextVisibleTime: { json: JSON.stringify(dotNetTime(message.nextVisibleOn)) },
  };
}

/** As .NET writes a DateTimeOffset: no zeros at the end of the fraction, and +00:00 for UTC. */
function dotNetTime(time: Date): string {
  return time.toISOString().replace(/\.?0*Z$/, '+00:00');
}
