import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The project's root: where package.json lies. */
export const projectRoot = resolve(import.meta.dirname, '..');

/** Tools that a bare Node machine lacks. */
export type ExternalTool = 'bicep' | 'pwsh' | 'git';

/** Beside the project there may be wrappers that get these tools on a machine with the .NET SDK. */
const wrappersFolder = resolve(projectRoot, '..', 'shared', 'tools');

/** What a program's file may end with; Windows finds `bicep.exe` under `bicep`. */
const programEndings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];

/** The path of a tool on the PATH, else of its wrapper, else null. */
export function findTool(name: ExternalTool): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  // The wrappers run on the .NET SDK; without it they are files that cannot work.
  if (isOnPath('dotnet', folders)) folders.push(wrappersFolder);
  return firstProgram(name, folders);
}

/**
 * Whether a suite that needs these tools must be skipped. Says once what is missing: in CI a skip is a failure, and whoever
 * reads the output should not have to guess.
 */
export function isToolMissing(...names: readonly ExternalTool[]): boolean {
  const missing = names.filter((name) => findTool(name) === null);
  if (missing.length === 0) return false;
  process.stderr.write(`skipped: ${missing.join(' and ')} not found on the PATH\n`);
  return true;
}

function isOnPath(program: string, folders: readonly string[]): boolean {
  return firstProgram(program, folders) !== null;
}

function firstProgram(program: string, folders: readonly string[]): string | null {
  for (const folder of folders) {
    for (const ending of programEndings) {
      const path = join(folder, program + ending);
      if (existsSync(path)) return path;
    }
  }
  return null;
}
