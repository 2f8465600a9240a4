/**
 * The content of messages goes: the rows say so first, in one compare-and-swap over all of a message's rows, so that whoever
 * wants to redrive it finds that, or was quicker and keeps it. Then the blobs that the row points to; then the pointers.
 * Dying in between leaves rows that say so and still point: the next walk goes on there.
 */
import { blobsOf, withoutBlobs } from '../core/retention.ts';
import type { Blobs, KeptMessage, KeptMessages, Rewrite } from '../ports.ts';

/** Answers those of which nothing is left to remove, as they stand now. */
export type RemoveContent = (rewrites: readonly Rewrite[]) => Promise<readonly KeptMessage[]>;
/** Likewise, of messages whose rows say already that the content is gone. */
export type RemoveBlobs = (messages: readonly KeptMessage[]) => Promise<readonly KeptMessage[]>;

export interface ContentRemover {
  readonly removeContent: RemoveContent;
  readonly removeBlobs: RemoveBlobs;
}

const BLOBS_AT_ONCE = 16;

export function makeContentRemover(deps: { kept: KeptMessages; blobs: Blobs }): ContentRemover {
  const { kept, blobs } = deps;

  async function removeOf({ head }: KeptMessage): Promise<void> {
    for (const { container, name } of blobsOf(head)) {
      // A claim check that its producer wrote anew is that of a message that is still to come.
      if (container === 'content') await blobs.removeContent(name, head.createdAt);
      else await blobs.removePayload(name, null);
    }
  }

  async function removeBlobs(messages: readonly KeptMessage[]): Promise<readonly KeptMessage[]> {
    const pointing = messages.filter(({ head }) => blobsOf(head).length > 0);
    for (let n = 0; n < pointing.length; n += BLOBS_AT_ONCE) {
      await Promise.all(pointing.slice(n, n + BLOBS_AT_ONCE).map(removeOf));
    }
    const cleared = pointing.map((one): Rewrite => {
      const deliveries = one.deliveries.map(({ delivery }) => delivery);
      return { kept: one, head: withoutBlobs(one.head), deliveries };
    });
    const rest = messages.filter((one) => !pointing.includes(one));
    return [...rest, ...(cleared.length > 0 ? await kept.rewrite(cleared) : [])];
  }

  return {
    removeBlobs,
    async removeContent(rewrites) {
      return removeBlobs(rewrites.length > 0 ? await kept.rewrite(rewrites) : []);
    },
  };
}
