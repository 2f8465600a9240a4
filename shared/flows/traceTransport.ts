import { causeName, NO_CAUSE } from '../core/causeName.ts';
import type { MailTransport, RecipientResult, Telemetry } from '../ports.ts';

/** Each SMTP transaction in a span, with a duration for each of its stages. */
export function traceTransport(transport: MailTransport, telemetry: Telemetry): MailTransport {
  return {
    verify: (account, credential) => transport.verify(account, credential),
    setConnections: (account, connections) => transport.setConnections(account, connections),
    close: () => transport.close(),
    send(transaction) {
      const { account, recipients } = transaction;
      const attributes = { account, recipients: recipients.length };
      return telemetry.span('hve.smtp', 'current', attributes, async (span) => {
        const sent = await transport.send(transaction);
        for (const { stage, ms } of sent.stages ?? []) {
          telemetry.measure('hve.smtp.duration', ms, { stage });
          span.stage(stage, ms);
        }
        const first = sent.recipients.find(({ result }) => result !== 'accepted');
        if (first === undefined) {
          span.set({ outcome: 'accepted', cause: NO_CAUSE });
        } else {
          span.set({ outcome: first.result, cause: causeName(first), ...stageOf(first) });
          span.fail(causeName(first));
        }
        return sent;
      });
    },
  };
}

function stageOf(result: RecipientResult): { readonly stage?: string } {
  if (result.result === 'accepted') return {};
  return { stage: result.result === 'refused' ? result.stage : result.failure.stage };
}
