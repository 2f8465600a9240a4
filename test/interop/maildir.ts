import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The mails in a Maildir in the order in which they came; none where there is no such folder yet. */
export async function readMaildir(dir: string): Promise<readonly string[]> {
  const folder = join(dir, 'new');
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return Promise.all(names.toSorted().map((name) => readFile(join(folder, name), 'latin1')));
}

/** A mail without the header fields of these names before its first other one. */
export function withoutTrace(mail: string, names: readonly string[]): string {
  const field = new RegExp(`^(?:${names.join('|')}):.*\\n(?:[ \\t].*\\n)*`, 'i');
  let rest = mail;
  for (let found = field.exec(rest); found !== null; found = field.exec(rest)) {
    rest = rest.slice(found[0].length);
  }
  return rest;
}
