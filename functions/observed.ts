/**
 * How the app is watched: its log, its telemetry, and what the host no longer says once the worker exports its own.
 * https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
 */
import type { LogHookHandler, PostInvocationHandler, SetupOptions } from '@azure/functions';
import type { TelemetrySettings } from '../shared/core/telemetrySettings.ts';
import type { Log, OpenedTelemetry, Telemetry } from '../shared/ports.ts';
import { makeLog } from './log.ts';
import { makeReportInvocations } from './reportInvocations.ts';

/** Azure cuts a worker that ends after 1 to 3 seconds, and mail comes first. */
const CLOSE_MS = 1500;

export interface Observed {
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Sends what is not sent yet; bounded in time. */
  close(): Promise<void>;
}

export function makeObserved(deps: {
  readonly settings: TelemetrySettings;
  readonly open: (settings: TelemetrySettings, complain: (words: string) => void) => OpenedTelemetry;
  readonly write: (level: 'info' | 'warn' | 'error', line: string) => void;
  readonly app: {
    setup(options: SetupOptions): void;
    readonly hook: {
      log(handler: LogHookHandler): unknown;
      postInvocation(handler: PostInvocationHandler): unknown;
    };
  };
}): Observed {
  const { settings, open, app } = deps;
  const opened = open(settings, (words) => deps.write('warn', words));
  const { telemetry, record, hideAddresses, isBroken, close } = opened;
  const isToConsole = (): boolean => settings.toConsole || isBroken();
  const log = makeLog({
    // In Azure the host exports the console: what would have gone out without addresses still does.
    write: (level, line) => deps.write(level, settings.toConsole ? line : hideAddresses(line)),
    isToConsole,
    record,
    details: settings.logDetails,
  });
  if (record !== null) {
    // The host then leaves out what the worker sends itself: else every line would come twice, and cost twice.
    app.setup({ capabilities: { WorkerOpenTelemetryEnabled: true } });
    const { onLog, afterInvocation } = makeReportInvocations(record);
    app.hook.log(onLog);
    app.hook.postInvocation(afterInvocation);
  }
  return { log, telemetry, close: () => close(CLOSE_MS) };
}
