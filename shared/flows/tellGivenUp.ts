import type { DeadLetter } from '../core/records.ts';
import type { Log, LogLevel, Telemetry } from '../ports.ts';
import { tell } from './tell.ts';

/** A dead letter stays: it is told to whoever watches, and counted. */
export function tellGivenUp(
  { log, telemetry }: { readonly log: Log; readonly telemetry: Telemetry },
  level: LogLevel,
  text: string,
  { messageId, delivery, app, reason }: Pick<DeadLetter, 'messageId' | 'delivery' | 'app' | 'reason'>,
): void {
  tell(log, level, text, { signal: 'deadLetter', messageId, delivery, app, reason });
  telemetry.measure('hve.dead_letters', 1, { reason });
}
