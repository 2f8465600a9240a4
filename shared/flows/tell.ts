import type { Signal, SignalName } from '../core/signals.ts';
import { SIGNALS } from '../core/signals.ts';
import type { Log, LogLevel } from '../ports.ts';

/** A log line that an alert or the workbook waits for: its fields begin with the signal's name, in the order laid down. */
export function tell<Name extends SignalName>(
  log: Log,
  level: LogLevel,
  text: string,
  signal: Signal<Name>,
): void {
  const fields: readonly (keyof Signal<Name>)[] = SIGNALS[signal.signal];
  log(level, text, {
    signal: signal.signal,
    ...Object.fromEntries(fields.map((field) => [field, signal[field]])),
  });
}
