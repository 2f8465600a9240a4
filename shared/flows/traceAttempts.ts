import type { DeliveryStatus } from '../core/status.ts';
import type { Telemetry } from '../ports.ts';
import type { Attempts } from './attempt.ts';
import type { RowWriter } from './rowWriter.ts';

/** After these somebody asks why. What waits, or is tried again, goes on by itself. */
const FAILURES: ReadonlySet<DeliveryStatus> = new Set([
  'held',
  'failed',
  'partially_sent',
  'expired',
  'rejected',
]);

/** Each attempt in a span under the acceptance of its message. Its status is the one last written. */
export function traceAttempts(attempts: Attempts, telemetry: Telemetry): Attempts {
  return {
    run(delivery, writer, mailOf) {
      const { id: messageId, delivery: number, attempt, app, priority } = delivery;
      const attributes = { messageId, delivery: number, attempt, app, priority };
      return telemetry.span('hve.attempt', { kept: delivery.trace }, attributes, async (span) => {
        let { status } = delivery;
        const noting: RowWriter = {
          async write(next) {
            const isWritten = await writer.write(next);
            if (isWritten) ({ status } = next);
            return isWritten;
          },
          reread: () => writer.reread(),
        };
        try {
          return await attempts.run(delivery, noting, mailOf);
        } finally {
          span.set({ status });
          if (FAILURES.has(status)) span.fail(status);
        }
      });
    },
  };
}
