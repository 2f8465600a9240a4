import type { Log, LogLevel } from '../shared/ports.ts';

/**
 * The app's log. A line goes to the console, as text with its fields as JSON behind it, and to the export, with its fields
 * apart: each where it is wanted. The details of single messages only where a setting asks for them.
 */
export function makeLog(to: {
  /** null: not to the console. */
  readonly write: ((level: 'info' | 'warn' | 'error', line: string) => void) | null;
  /** null: nothing is exported. */
  readonly record:
    | ((level: LogLevel, text: string, fields: Readonly<Record<string, unknown>>) => void)
    | null;
  readonly details: boolean;
}): Log {
  return (level, text, fields) => {
    if (level === 'detail' && !to.details) return;
    to.record?.(level, text, fields ?? {});
    const line = fields === undefined ? text : `${text} ${JSON.stringify(fields)}`;
    to.write?.(level === 'detail' ? 'info' : level, line);
  };
}
