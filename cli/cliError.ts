import { EXIT, type ExitCode } from './exitCodes.ts';

/** Ends the command: what happened and what to do, in lines for people, with the exit code for scripts. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];
  /** The API's problem+json, where that is what happened. */
  readonly problem: unknown;

  constructor(exitCode: ExitCode, lines: readonly string[], problem: unknown = null) {
    super(lines[0] ?? '');
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.lines = lines;
    this.problem = problem;
  }
}

export function wrongUsage(...lines: readonly string[]): CliError {
  return new CliError(EXIT.usage, lines);
}
