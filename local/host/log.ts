import type { LogLevel } from './rpc.ts';

/** One line of the host's output. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

export type Log = (entry: LogEntry) => void;

const SEVERITY: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

const LABEL: Readonly<Record<LogLevel, string>> = {
  trace: 'trace',
  debug: 'debug',
  information: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'crit',
  none: 'none',
};

/** Writes each entry as one line: time, level, function, invocation, text. What is below `lowest` is left out. */
export function createLog(options: {
  readonly write: (line: string) => void;
  readonly now: () => Date;
  readonly lowest: LogLevel;
}): Log {
  return ({ level, message, functionName, invocationId }) => {
    if (SEVERITY[level] < SEVERITY[options.lowest]) return;
    const head = [options.now().toISOString(), LABEL[level].padEnd(5), functionName ?? 'host', invocationId];
    // One entry is one line, so that a line filter loses no half of a stack trace.
    const text = message.trimEnd().replace(/\r?\n\s*/g, ' | ');
    options.write(`${head.filter((part) => part !== undefined).join(' ')} ${text}\n`);
  };
}

/** The error with its stack and its causes, as text. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by ${errorText(error.cause)}`;
}
