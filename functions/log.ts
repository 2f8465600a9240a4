import type { Log } from '../shared/ports.ts';

/**
 * Structured lines on the worker's output, which the host sends to Application Insights: the text, and the fields as
 * JSON behind it.
 */
export function makeLog(write: (level: 'info' | 'warn' | 'error', line: string) => void): Log {
  return (level, text, fields) => {
    write(level, fields === undefined ? text : `${text} ${JSON.stringify(fields)}`);
  };
}
