import { traceparentIn } from '../core/traceContext.ts';
import type { Telemetry } from '../ports.ts';
import type { AcceptMessage, Acceptance } from './acceptMessage.ts';

/** Acceptance in a span of the producer's trace, which the rows keep for the attempts that come later. */
export function traceAcceptance(accept: AcceptMessage, telemetry: Telemetry): AcceptMessage {
  return (submission) => {
    const { id, source, value } = submission;
    const producer = submission.traceparent ?? traceparentIn(value);
    return telemetry.span('hve.accept', { producer }, { messageId: id, source }, async (span) => {
      let result = 'error';
      try {
        const acceptance = await accept({ ...submission, trace: span.traceparent });
        result = resultOf(acceptance);
        if (acceptance.kind === 'accepted') span.set({ messageId: acceptance.id });
        else span.fail(result);
        return acceptance;
      } finally {
        span.set({ result });
        telemetry.measure('hve.messages', 1, { source, result });
      }
    });
  };
}

function resultOf(acceptance: Acceptance): string {
  return acceptance.kind === 'accepted' && acceptance.replayed ? 'replayed' : acceptance.kind;
}
