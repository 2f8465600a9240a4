/**
 * Loads what the first call will need, while the host still has other things to do: one after the other, each in a turn of its own, so
 * that what the host asks meanwhile is answered. What cannot be loaded is told by whoever needs it.
 */
export async function loadAhead(loads: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const load of loads) {
    await new Promise((resolve) => setImmediate(resolve));
    await load().catch(() => undefined);
  }
}
