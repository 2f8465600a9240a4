/** `hve` as a shell runs it, in a pipe and in a pseudo-terminal (util-linux' `script`); and its `main` in this process, which is faster. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { main } from '../../cli/main.ts';
import type { Output, World } from '../../cli/world.ts';
import { withoutSettings } from '../e2e/harness.ts';
import { projectRoot } from '../tools.ts';

export interface HveRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HvePlace {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed, or piped in. */
  readonly input?: string;
}

/** Whoever hangs is ended. */
const DEADLINE_MS = 120_000;
export const LAUNCHER = join(projectRoot, 'cli', 'hve.mjs');
/** What decides about colours is the test's, not that of who runs the tests. */
const OURS = new Set(['NO_COLOR', 'FORCE_COLOR', 'TERM', 'LC_ALL', 'LC_CTYPE', 'LANG', 'CI']);

export async function run(program: string, args: readonly string[], place: HvePlace): Promise<HveRun> {
  const inherited = Object.entries(withoutSettings(process.env)).filter(([name]) => !OURS.has(name));
  const child = spawn(program, args, {
    cwd: place.cwd,
    env: { ...Object.fromEntries(inherited), TERM: 'xterm-256color', LANG: 'C.UTF-8', ...place.env },
    timeout: DEADLINE_MS,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(place.input ?? '');
  const read = async (stream: NodeJS.ReadableStream): Promise<string> => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { exitCode: await exit, stdout, stderr };
}

/** What `hve` does behind its process: the same, with the streams of a pipe. */
export async function hveInProcess(
  args: readonly string[],
  place: HvePlace & Partial<Pick<World, 'run' | 'now' | 'sleep'>>,
): Promise<HveRun> {
  const said = { stdout: '', stderr: '' };
  const output = (stream: keyof typeof said): Output => ({
    write: (text) => void (said[stream] += text),
    isTerminal: false,
    columns: () => 80,
  });
  const exitCode = await main(args, {
    env: place.env ?? {},
    cwd: place.cwd,
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: {
      isTerminal: false,
      read: async () => place.input ?? '',
      ask: async () => Promise.reject(new Error('nobody is there to be asked')),
    },
    now: place.now ?? Date.now,
    sleep: place.sleep ?? pause,
    run: place.run ?? (async (program) => Promise.reject(new Error(`${program} is not installed`))),
  });
  return { exitCode, ...said };
}

export async function hve(args: readonly string[], place: HvePlace): Promise<HveRun> {
  return run(process.execPath, [LAUNCHER, ...args], place);
}

/** At a terminal of 100 columns, or so many: what it shows, both streams in one. */
export async function hveAtTerminal(
  args: readonly string[],
  place: HvePlace,
  columns = 100,
): Promise<{ readonly exitCode: number | null; readonly shown: string }> {
  const command = [process.execPath, LAUNCHER, ...args].map(quoted).join(' ');
  const inside = `stty cols ${columns} rows 40; exec ${command}`;
  const { exitCode, stdout } = await run('script', ['-qec', inside, '/dev/null'], place);
  return { exitCode, shown: stdout };
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
