import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getuid } from 'node:process';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Where Debian has servers; not on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** The path of the first of these programs that is here. */
export function findProgram(...names: readonly string[]): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS];
  const paths = names.flatMap((name) => folders.filter(Boolean).map((folder) => join(folder, name)));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function isRoot(): boolean {
  return getuid?.() === 0;
}

/** What a program prints; rejects where it fails. */
export async function outputOf(program: string, ...args: readonly string[]): Promise<string> {
  return (await run(program, args)).stdout.trim();
}

/** Null: the machine has no such user. */
export async function findUser(name: string): Promise<{ readonly uid: number; readonly gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((which) => outputOf('id', which, name)));
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return null;
  }
}
