import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, projectRoot } from '../tools.ts';
import type { Tenant } from './tenant.ts';

export const scriptsFolder = join(projectRoot, 'scripts');

/** The scripts that a person runs; what they share lies in scripts/modules. */
export const scriptNames = readdirSync(scriptsFolder).filter((name) => name.endsWith('.ps1'));

/** A call of a script. A relative path among the parameters is looked up in the run's folder. */
export type Step = {
  readonly script: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /**
   * With -Verbose and -Debug, for the whole session too, and under a transcript. `captured`: all streams are redirected and
   * returned; `shown`: they go to the terminal, and so into the transcript.
   */
  readonly loud?: 'captured' | 'shown';
  /** What has become of the tenant since the step before. */
  readonly tenant?: Partial<Tenant>;
};

export type Case = {
  readonly tenant: Tenant;
  readonly steps: readonly Step[];
  /** As on a machine where no module was ever installed. */
  readonly withoutModules?: boolean;
};

/** A call of a cloud's cmdlet. SecureStrings stand here as their text, and nowhere else. */
export type Call = { readonly cmdlet: string; readonly parameters: Readonly<Record<string, unknown>> };

export type StepResult = {
  readonly output: readonly unknown[];
  readonly streams: readonly { readonly stream: string; readonly text: string }[];
  readonly failure: { readonly id: string; readonly message: string; readonly shown: string } | null;
  readonly exitCode: number;
  readonly errors: readonly string[];
  readonly calls: readonly Call[];
  readonly tenant: Tenant;
};

/** What a run of PowerShell ended with; `said` is everything on its standard output and error. */
export type PwshRun = { readonly status: number | null; readonly output: string; readonly said: string };

export type CasesRun<Name extends string> = {
  /** What came of a case's step; the first one, if no other is asked for. */
  readonly step: (name: Name, index?: number) => StepResult;
  readonly all: readonly StepResult[];
  /** What a person at the terminal sees, and who reads the transcripts afterwards. */
  readonly seen: string;
};

/**
 * The wrapper fetches PowerShell the first time. And one run has all cases of a file: half a minute, on a machine where three
 * files do so at once more than a minute and a half.
 */
export const firstUseTimeoutMs = 400_000;

/** Runs PowerShell 7, from the PATH or by its wrapper. Fails where there is none. */
export function runPwsh(args: readonly string[], cwd: string = projectRoot): PwshRun {
  const pwsh = findTool('pwsh');
  if (pwsh === null) throw new Error('pwsh (PowerShell 7) is not on the PATH');
  const run = spawnSync(pwsh, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, POWERSHELL_TELEMETRY_OPTOUT: '1', POWERSHELL_UPDATECHECK: 'Off', NO_COLOR: '1' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error !== undefined) throw new Error('pwsh did not start', { cause: run.error });
  return { status: run.status, output: run.stdout, said: run.stdout + run.stderr };
}

/** Runs all cases in one PowerShell. `files` are written into the folder it runs in. */
export function runCases<Name extends string>(
  cases: Readonly<Record<Name, Case>>,
  files: Readonly<Record<string, string>> = {},
): CasesRun<Name> {
  const names = Object.keys(cases);
  return inFolder(files, (folder) => {
    const run = runDriver(folder, Object.values<Case>(cases));
    if (run.status !== 0) throw new Error(`the cases did not run: ${run.said}`);
    const results = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as readonly {
      readonly steps: readonly StepResult[];
    }[];
    const transcripts = readdirSync(folder).filter((name) => name.startsWith('transcript'));
    const seen = [run.said, ...transcripts.map((name) => readFileSync(join(folder, name), 'utf8'))].join(
      '\n',
    );
    const step = (name: Name, index = 0): StepResult => {
      const result = results[names.indexOf(name)]?.steps[index];
      if (result === undefined) throw new Error(`the case "${name}" has no step ${index}`);
      return result;
    };
    return { step, all: results.flatMap(({ steps }) => steps), seen };
  });
}

/** Runs one case that ends PowerShell in the middle (a failure that `dies`); returns the tenant and the calls at that moment. */
export function runUntilDeath(
  one: Case,
  files: Readonly<Record<string, string>> = {},
): { readonly tenant: Tenant; readonly calls: readonly Call[] } {
  return inFolder(files, (folder) => {
    const run = runDriver(folder, [one]);
    if (run.status !== DIED)
      throw new Error(`PowerShell did not die but ended with ${run.status}: ${run.said}`);
    return JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as {
      readonly tenant: Tenant;
      readonly calls: readonly Call[];
    };
  });
}

/** What the stand-ins exit with where they are told to die. */
const DIED = 86;

function runDriver(folder: string, cases: readonly Case[]): PwshRun {
  const job = {
    cases: cases.map((one, caseIndex) => ({
      ...one,
      steps: one.steps.map((step, stepIndex) => ({
        parameters: {},
        ...step,
        script: join(scriptsFolder, step.script),
        transcript: join(folder, `transcript-${caseIndex}-${stepIndex}.txt`),
      })),
    })),
  };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  const driver = join(import.meta.dirname, 'driver.ps1');
  return runPwsh(
    ['-NoProfile', '-NonInteractive', '-File', driver, '-JobPath', join(folder, 'job.json')].concat([
      '-ResultPath',
      join(folder, 'result.json'),
    ]),
    folder,
  );
}

function inFolder<Result>(files: Readonly<Record<string, string>>, use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'hve-scripts-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
