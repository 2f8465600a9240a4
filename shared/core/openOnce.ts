/**
 * Something that is opened with its first use, since its SDK is loaded then, and kept. An opening that fails fails those who wait
 * for it; the next one tries again: a file that could not be read for a moment must not stop an instance for good.
 */
export function openOnce<Opened>(open: () => Promise<Opened>): () => Promise<Opened> {
  let opening: Promise<Opened> | null = null;
  return async () => {
    const own = (opening ??= open());
    try {
      return await own;
    } catch (error) {
      // Another one may be opening already, begun by who came before us to this.
      if (opening === own) opening = null;
      throw error;
    }
  };
}
