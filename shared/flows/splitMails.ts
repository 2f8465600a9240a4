/**
 * Split messages as they were composed: their deliveries come close together and share one mail. Whoever sends one holds it
 * himself; here the last ones are kept for those that come next.
 */
import type { Prepared } from './prepareMail.ts';

export interface SplitMails {
  /** The mail of that key, prepared if it is not there. What fails, or cannot be sent, is not kept. */
  get(key: string, prepare: () => Promise<Prepared>): Promise<Prepared>;
}

/** The last one is kept whatever its size; those before it as long as all together have no more. */
const KEPT_BYTES = 4_000_000;

export function makeSplitMails(): SplitMails {
  /** The oldest first. */
  const kept = new Map<string, { readonly prepared: Promise<Prepared>; sizeBytes: number }>();

  function dropOldest(): void {
    let sizeBytes = [...kept.values()].reduce((sum, one) => sum + one.sizeBytes, 0);
    for (const [key, one] of kept) {
      if (sizeBytes <= KEPT_BYTES || kept.size === 1) return;
      kept.delete(key);
      sizeBytes -= one.sizeBytes;
    }
  }

  return {
    async get(key, prepare) {
      const known = kept.get(key);
      if (known) return known.prepared;
      const entry = { prepared: prepare().then(encoded), sizeBytes: 0 };
      kept.set(key, entry);
      try {
        const prepared = await entry.prepared;
        if (prepared.ok) {
          entry.sizeBytes = prepared.mail.sizeBytes;
          dropOldest();
        }
        // What is missing now may be there at the next attempt.
        else if (kept.get(key) === entry) kept.delete(key);
        return prepared;
      } catch (error) {
        if (kept.get(key) === entry) kept.delete(key);
        throw error;
      }
    },
  };
}

/** What is large is encoded each time a mail is gone through: of one that many deliveries share, once for all. */
function encoded(prepared: Prepared): Prepared {
  if (!prepared.ok) return prepared;
  const { pieces, sizeBytes } = prepared.mail;
  return { ok: true, mail: { pieces: [...pieces], sizeBytes } };
}
