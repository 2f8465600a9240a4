import type { LogHookHandler, PostInvocationHandler } from '@azure/functions';
import type { LogLevel } from '../shared/ports.ts';

/** While nothing can be done (a broken configuration), each item of a long queue fails every three minutes, all for one reason. */
const FAILURES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;

/**
 * What the host would write to Application Insights of an invocation, and does not where the worker exports its own log
 * (WorkerOpenTelemetryEnabled): what a handler says with `context.error`, and why an invocation failed.
 */
export function makeReportInvocations(
  record: (level: LogLevel, text: string, fields: Readonly<Record<string, unknown>>) => void,
  monotonic: () => number = () => performance.now(),
): {
  readonly onLog: LogHookHandler;
  readonly afterInvocation: PostInvocationHandler;
} {
  let since = -Infinity;
  let failures = 0;
  return {
    onLog({ level, message, category, invocationContext }) {
      if (category !== 'user') return;
      const { functionName = 'the app' } = invocationContext ?? {};
      const ours =
        level === 'critical' || level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'info';
      record(ours, message, { function: functionName });
    },
    afterInvocation({ error, invocationContext }) {
      if (error === undefined || error === null) return;
      if (monotonic() - since >= MINUTE_MS) [since, failures] = [monotonic(), 0];
      if (++failures > FAILURES_PER_MINUTE) return;
      const { functionName, invocationId } = invocationContext;
      const words = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
      record('error', `${functionName} failed: ${words}`, { function: functionName, invocationId });
    },
  };
}
