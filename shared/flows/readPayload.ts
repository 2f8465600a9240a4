/** The message as it was accepted, as long as its payload is kept. */
import { isMessageId } from '../core/messageId.ts';
import type { ContentRemoval } from '../core/records.ts';
import type { PayloadView } from '../core/payloadView.ts';
import { parsePayload } from '../core/payload.ts';
import { viewPayload } from '../core/payloadView.ts';
import type { Blobs, Codec, MessageStore } from '../ports.ts';

/** `missing`: no such message; `removed`: its payload is no longer kept; `gone`: it was rejected, and never had one. */
export type PayloadRead =
  | { readonly kind: 'found'; readonly payload: PayloadView }
  | { readonly kind: 'missing' }
  | { readonly kind: 'removed'; readonly removal: ContentRemoval }
  | { readonly kind: 'gone' };

export type ReadPayload = (id: string) => Promise<PayloadRead>;

export function makeReadPayload(deps: { store: MessageStore; blobs: Blobs; codec: Codec }): ReadPayload {
  const { store, blobs, codec } = deps;
  return async (id) => {
    const stored = isMessageId(id) ? await store.readHead(id) : null;
    if (stored === null) return { kind: 'missing' };
    const { payloadBlob, contentRemoved = null } = stored.head;
    if (contentRemoved !== null) return { kind: 'removed', removal: contentRemoved };
    const packed = stored.payload ?? (payloadBlob === null ? null : await blobs.readPayload(payloadBlob));
    if (packed === null) return { kind: 'gone' };
    return { kind: 'found', payload: viewPayload(parsePayload(codec.unpack(packed))) };
  };
}
