/**
 * What must go, and when (pure). Three clocks: a message's content, then its rows with the addresses, both counted from its
 * final status; and the daily counts. What is not final is never touched.
 *
 *   final ── payload days ──► content ──► blobs ── row days, and nothing open needs it ──► rows
 *             the row says that it    what the row points to,
 *             is gone, in one write   then the pointers
 *
 * The row first: from then on nobody sets the message going. Its blobs' names stay on it until they are gone, so that dying
 * in between leaves nothing that nobody knows of.
 */
import type { Delivery } from './delivery.ts';
import type { TakenByHour } from './quotaLedger.ts';
import { HOURS_KEPT } from './quotaLedger.ts';
import type { ContentRemoval, Head } from './records.ts';
import { isFinal } from './status.ts';
import { HOUR_MS } from './window.ts';

/** What is to be done about a message next. */
export type Due = 'content' | 'blobs' | 'rows';

export interface KeptFor {
  readonly payloadMs: number;
  /** Not less. */
  readonly rowMs: number;
  /** Rows that were written since then are still counted: by a lease that is open, or for a day that is not closed. */
  readonly neededFrom: number;
}

/** When the last of its deliveries became final; null: one is not, or is not to be seen (a newer version wrote it). */
export function finalSince(head: Head, deliveries: readonly Delivery[]): number | null {
  const isWhole = deliveries.length === Math.max(1, head.parts);
  if (!isWhole || !deliveries.every(({ status }) => isFinal(status))) return null;
  return Math.max(...deliveries.map(({ updatedAt }) => updatedAt));
}

/** Null: nothing yet. */
export function dueOf(
  head: Head,
  deliveries: readonly Delivery[],
  now: number,
  { payloadMs, rowMs, neededFrom }: KeptFor,
): Due | null {
  const since = finalSince(head, deliveries);
  if (since === null) return null;
  if (head.contentRemoved && blobsOf(head).length > 0) return 'blobs';
  if (since + payloadMs > now) return null;
  if (!head.contentRemoved) return 'content';
  return since + rowMs <= now && since < neededFrom ? 'rows' : null;
}

export function withoutContent(head: Head, contentRemoved: ContentRemoval): Head {
  return { ...head, contentRemoved };
}

/** In the words of the API. */
export function tellRemoval({ at, why }: ContentRemoval): string {
  const words = why === 'retention' ? 'its days were over' : 'one of its addresses was erased';
  return `its content was removed at ${new Date(at).toISOString()}, since ${words}`;
}

/** The blobs that its row points to. */
export function blobsOf(
  head: Head,
): readonly { readonly container: 'payloads' | 'content'; readonly name: string }[] {
  const { payloadBlob, claimCheck = null } = head;
  return [
    ...(payloadBlob === null ? [] : [{ container: 'payloads' as const, name: payloadBlob }]),
    ...(claimCheck === null ? [] : [{ container: 'content' as const, name: claimCheck }]),
  ];
}

/** Once they are gone. */
export function withoutBlobs(head: Head): Head {
  return { ...head, payloadBlob: null, claimCheck: null };
}

/** Behind what the ledger keeps: its last hours serve the comparison when a day is closed. */
const IDLE_HOURS = HOURS_KEPT + 2;

/** Nothing that is still looked at was taken of the scope: its row may go, and comes again with the next take. */
export function isIdle(taken: TakenByHour, now: number): boolean {
  return Object.keys(taken).every((hour) => Number(hour) + IDLE_HOURS * HOUR_MS <= now);
}
