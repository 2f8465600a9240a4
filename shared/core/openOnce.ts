/**
 * Something that is opened with its first use, since its SDK is loaded then, and kept. An opening that fails fails those who wait
 * for it; the next one tries again: a file that could not be read for a moment must not stop an instance for good.
 */
export function openOnce<Opened>(open: () => Promise<Opened>): () => Promise<Opened> {
  let opening: Promise<Opened> | null = null;
  return async () => {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = null;
      throw error;
    }
  };
}
