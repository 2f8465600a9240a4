import type { Span, Telemetry } from '../../ports.ts';
import type { SpanName } from '../../core/telemetryNames.ts';

const SILENT_SPAN: Span<SpanName> = {
  traceparent: null,
  set: () => undefined,
  stage: () => undefined,
  fail: () => undefined,
};

/** Where nothing is exported: the work runs, and nothing is measured or kept. */
export const SILENT_TELEMETRY: Telemetry = {
  span: (_name, _parent, _attributes, work) => work(SILENT_SPAN),
  measure: () => undefined,
};
