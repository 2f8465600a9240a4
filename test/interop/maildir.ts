import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Mailboxes as folders (Maildir) under `dir`, by recipient: a file in `new` is a whole mail, and changes no more. */
export function makeMaildirs(dir: string): (recipient: string) => Promise<readonly string[]> {
  const known = new Map<string, string>();
  const read = async (path: string): Promise<string> => {
    const mail = known.get(path) ?? (await readFile(path, 'latin1'));
    known.set(path, mail);
    return mail;
  };
  return async (recipient) => {
    const folder = join(dir, recipient, 'new');
    const names = await namesIn(folder);
    return Promise.all(names.toSorted().map((name) => read(join(folder, name))));
  };
}

/** None where there is no such folder yet: nobody has sent to that recipient. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
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
