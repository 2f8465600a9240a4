/** The dashboard's files, which `npm run build` puts into a folder beside the bundle. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PageFile, PageFiles } from '../ports.ts';

/** Each is read when it is first asked for, and kept: a cold start that sends mail reads none of them. */
export function makePageFiles(folder: string): PageFiles {
  const kept = new Map<string, Promise<PageFile | null>>();
  return {
    async read(name) {
      if (name === '' || name.startsWith('.') || name !== basename(name)) return null;
      const reading = kept.get(name) ?? load(join(folder, name));
      kept.set(name, reading);
      const file = await reading.catch((error: unknown) => {
        kept.delete(name);
        throw error;
      });
      if (file === null) kept.delete(name);
      return file;
    },
  };
}

async function load(path: string): Promise<PageFile | null> {
  try {
    const bytes = await readFile(path);
    return { bytes, fingerprint: createHash('sha256').update(bytes).digest('base64url') };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
