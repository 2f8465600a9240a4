import type { Log, LogLevel } from '../shared/ports.ts';

/**
 * The app's log. A line goes to the console, as text with its fields as JSON behind it, and to the export, with its fields
 * apart: each where it is wanted. The details of single messages only where a setting asks for them.
 */
export function makeLog(to: {
  readonly write: (level: 'info' | 'warn' | 'error', line: string) => void;
  /** Asked for each line: where the export cannot be loaded, the console is all there is. */
  readonly isToConsole: () => boolean;
  /** null: nothing is exported. */
  readonly record:
    | ((level: LogLevel, text: string, fields: Readonly<Record<string, unknown>>) => void)
    | null;
  readonly details: boolean;
}): Log {
  return (level, text, fields) => {
    if (level === 'detail' && !to.details) return;
    to.record?.(level, text, fields ?? {});
    if (!to.isToConsole()) return;
    const line = fields === undefined ? text : `${text} ${JSON.stringify(fields)}`;
    to.write(level === 'detail' ? 'info' : level, line);
  };
}
