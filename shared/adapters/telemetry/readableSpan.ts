import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { SpanRecord } from './telemetryExport.ts';

/** Azure Monitor's own: by it the portal counts what was left out. */
const SAMPLE_RATE = 'microsoft.sample_rate';

/**
 * A kept span as OpenTelemetry's exporters take it. Made of a record rather than by the SDK's tracer, which would have to be
 * loaded before the first message and would decide at a span's beginning what is known at its end.
 */
export function makeReadableSpan(record: SpanRecord, resource: Resource): ReadableSpan {
  const { name, kind, traceId, spanId, parentSpanId, startMs, endMs, attributes, stages, failure } = record;
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  return {
    name,
    kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parentSpanId !== null && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: TraceFlags.SAMPLED },
    }),
    startTime: millisToHrTime(startMs),
    endTime: millisToHrTime(endMs),
    duration: millisToHrTime(endMs - startMs),
    status: failure === null ? { code: SpanStatusCode.OK } : { code: SpanStatusCode.ERROR, message: failure },
    attributes: {
      ...attributes,
      ...(failure !== null && { failure }),
      [SAMPLE_RATE]: record.keptPercent,
    },
    events: stages.map((stage) => ({
      name: stage.name,
      time: millisToHrTime(stage.endMs),
      attributes: { ms: Math.round(stage.ms) },
    })),
    links: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'hve-mailer' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
