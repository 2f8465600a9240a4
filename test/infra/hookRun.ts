/** Runs a hook of azd by itself: at a terminal or without one, with stand-ins for `az`, `azd` and `sleep` on the PATH. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findTool } from '../tools.ts';
import { infraFolder } from './bicep.ts';

export type Shell = 'sh' | 'ps1';
export type HookName = 'preprovision' | 'postprovision' | 'postdeploy';

/** What a person types once a text has appeared. */
export interface Reply {
  readonly to: string;
  readonly type: string;
}

/** A call of a stand-in: its arguments, its standard input (only az's `secret set` reads it), its environment. */
export interface StubCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly env: string;
}

export interface HookResult {
  readonly status: number | null;
  /** Standard output and error together, or what stands on the terminal. */
  readonly said: string;
  readonly calls: readonly StubCall[];
}

export interface HookOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: there is no terminal. */
  readonly replies?: readonly Reply[];
  /** Shell code that `az` runs after it has noted the call; `$*` is its arguments, `$calls` how many calls there were. */
  readonly az?: string;
  /** There is no `az` at all. */
  readonly withoutAz?: boolean;
}

/** A terminal needs util-linux's `script`. */
const SCRIPT = '/usr/bin/script';
export const isTerminalMissing = !existsSync(SCRIPT);

/** Longer than any hook needs on a busy machine, where PowerShell alone takes half a minute to start; it is ended then. */
export const HOOK_DEADLINE_MS = 120_000;

export async function runHook(shell: Shell, name: HookName, options: HookOptions = {}): Promise<HookResult> {
  const folder = mkdtempSync(join(tmpdir(), 'hook-'));
  try {
    const stubs = join(folder, 'bin');
    mkdirSync(stubs);
    for (const program of ['az', 'azd', 'sleep']) {
      if (program === 'az' && options.withoutAz === true) continue;
      const answer = program === 'az' ? (options.az ?? '') : '';
      writeFileSync(join(stubs, program), stub(program, folder, answer));
      chmodSync(join(stubs, program), 0o755);
    }
    const file = join(infraFolder, 'hooks', `${name}.${shell}`);
    const command = shell === 'sh' ? ['/bin/sh', file] : [pwsh(), '-NoProfile', '-File', file];
    const env = {
      PATH: pathWith(stubs),
      HOME: process.env['HOME'] ?? folder,
      TERM: 'dumb',
      ...QUIET,
      ...options.env,
    };
    const { status, said } = await run(command, env, options.replies ?? null);
    return { status, said, calls: readCalls(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const QUIET = {
  NO_COLOR: '1',
  POWERSHELL_TELEMETRY_OPTOUT: '1',
  POWERSHELL_UPDATECHECK: 'Off',
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
};

function pwsh(): string {
  const found = findTool('pwsh');
  if (found === null) throw new Error('pwsh (PowerShell 7) is not on the PATH');
  return found;
}

/** The stand-ins first. The system's own programs, and dotnet's folder for the wrapper of PowerShell. */
function pathWith(stubs: string): string {
  const dotnet = (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => existsSync(join(folder, 'dotnet')));
  return [stubs, ...dotnet, '/usr/bin', '/bin'].join(':');
}

/** Notes a call in a folder of its own, and answers. */
function stub(program: string, folder: string, answer: string): string {
  return `#!/bin/sh
calls=1
while ! mkdir '${folder}/call-'"$calls" 2>/dev/null; do calls=$((calls + 1)); done
note='${folder}/call-'"$calls"
printf '%s' '${program}' > "$note/program"
printf '%s\\0' "$@" > "$note/args"
env > "$note/env"
case "$*" in *'secret set'*) cat > "$note/input" ;; *) : > "$note/input" ;; esac
${answer}
`;
}

function readCalls(folder: string): readonly StubCall[] {
  const calls: StubCall[] = [];
  for (let n = 1; existsSync(join(folder, `call-${n}`)); n++) {
    const read = (file: string): string => readFileSync(join(folder, `call-${n}`, file), 'utf8');
    calls.push({
      program: read('program'),
      args: read('args').split('\0').slice(0, -1),
      input: read('input'),
      env: read('env'),
    });
  }
  return calls;
}

/** Types each reply once its text has appeared, after the one before. */
async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  replies: readonly Reply[] | null,
): Promise<Omit<HookResult, 'calls'>> {
  const quoted = command.map((part) => `'${part}'`).join(' ');
  const [program = '', ...args] =
    replies === null ? command : [SCRIPT, '--quiet', '--return', '--command', quoted, '/dev/null'];
  const child = spawn(program, args, {
    cwd: dirname(infraFolder),
    env,
    stdio: [replies === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const left = [...(replies ?? [])];
  let said = '';
  let seen = 0;
  const hear = (chunk: Buffer): void => {
    said += chunk.toString('utf8');
    for (let next = left[0]; next !== undefined; next = left[0]) {
      const at = said.indexOf(next.to, seen);
      if (at < 0) return;
      seen = at + next.to.length;
      child.stdin?.write(next.type);
      left.shift();
    }
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const deadline = setTimeout(() => child.kill('SIGKILL'), HOOK_DEADLINE_MS);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(deadline);
  if (left.length > 0) throw new Error(`it never said "${left[0]?.to}", but:\n${said}`);
  return { status, said };
}
