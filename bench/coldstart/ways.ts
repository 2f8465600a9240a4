import { join } from 'node:path';
import { unbundle, type Unbundled } from './unbundle.ts';

/** A way to have the app loaded. */
export interface Way {
  readonly name: string;
  /** For the figures. */
  readonly key: string;
  /** `peer`: what ours is set against; the quicker of several. `floor`: what is in all of them. */
  readonly role: 'floor' | 'ours' | 'peer' | 'other';
  /** The file that the worker loads; null: none. */
  readonly app: string | null;
}

/** Writes the unbundled ones into `folder`. */
export async function makeWays(root: string, bundle: string, folder: string): Promise<readonly Way[]> {
  const write = async (how: Unbundled): Promise<string> =>
    unbundle(root, join(folder, `${how.format}-${how.imports}`), how);
  const esm = await write({ format: 'esm', imports: 'atOnce' });
  const cjs = await write({ format: 'cjs', imports: 'atOnce' });
  const late = await write({ format: 'cjs', imports: 'late' });
  return [
    { name: 'nothing but Node', key: 'floor', role: 'floor', app: null },
    { name: 'the bundle', key: 'bundle', role: 'ours', app: bundle },
    { name: 'unbundled, ES modules', key: 'unbundled_esm', role: 'peer', app: esm },
    { name: 'unbundled, CommonJS', key: 'unbundled_cjs', role: 'peer', app: cjs },
    { name: 'unbundled, loading as late', key: 'unbundled_late', role: 'other', app: late },
  ];
}
