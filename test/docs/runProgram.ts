import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface ProgramRun {
  readonly exitCode: number | null;
  /** Standard output and error. */
  readonly output: string;
}

export interface ProgramPlace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A compiler's first run on a machine under load takes its time; whoever hangs is ended. */
export const DEADLINE_MS = 200_000;

/** Runs it to its end, with nothing on its standard input. */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { folder, env }: ProgramPlace,
): Promise<ProgramRun> {
  const child = spawn(program, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, output: Buffer.concat(chunks).toString('utf8') };
}

/** Whether all of these are on the PATH. Says which one is not: what a test leaves out must be seen. */
export function hasPrograms(...names: readonly string[]): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const missing = names.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return true;
  process.stderr.write(`skipped: ${missing.join(' and ')} not found on the PATH\n`);
  return false;
}
