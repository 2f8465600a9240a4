/**
 * Spans and measurements as the flows make them, turned into records for the export.
 *
 * A message's trace is kept by a throw of our own dice when it comes in, whatever the producer's flag says: else one who
 * samples everything would have us ingest everything. The decision stands in the traceparent that the rows keep. What fails is
 * kept without it, up to so many a minute; what is neither is forgotten as soon as it is over.
 *
 * Mail goes by what the work says alone: a record that cannot be made, or that the export chokes on, is dropped.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { formatTraceparent, parseTraceparent } from '../../core/traceContext.ts';
import type { TraceContext } from '../../core/traceContext.ts';
import { SPANS } from '../../core/telemetryNames.ts';
import type { SpanName } from '../../core/telemetryNames.ts';
import type { Chance, LogLevel, Span, SpanParent, Telemetry } from '../../ports.ts';
import { boundValues } from './boundValues.ts';
import type { AttributeValues, SpanRecord, TelemetryExport } from './telemetryExport.ts';

/** More failures than this in a minute say nothing new; the metrics count them all. */
const FAILURES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;
/** A line with every problem of a message is shorter; a page of HTML that a server answered is not. */
const TEXT_CHARACTERS = 8000;

export interface RecordedTelemetry {
  readonly telemetry: Telemetry;
  /** A log line, with the span it is written in. */
  line(level: LogLevel, text: string, fields: Readonly<Record<string, unknown>>): void;
}

export function recordTelemetry(options: {
  readonly target: TelemetryExport;
  readonly samplePercent: number;
  readonly chance: Chance;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly hideAddresses: (text: string) => string;
}): RecordedTelemetry {
  const { target, samplePercent, chance, now } = options;
  const tidy = (text: string): string => options.hideAddresses(text.slice(0, TEXT_CHARACTERS));
  const running = new AsyncLocalStorage<TraceContext>();
  const bound = boundValues();
  let minute = 0;
  let failures = 0;

  const hex = (bytes: number): string => Buffer.from(chance.bytes(bytes)).toString('hex');
  const isChosen = (): boolean => chance.random() * 100 < samplePercent;

  function begin(parent: SpanParent): { readonly own: TraceContext; readonly parentSpanId: string | null } {
    const above = contextOf(parent);
    // The producer's decision is not ours; that of an earlier span of ours is.
    const isSampled = above === null || isFromProducer(parent) ? isChosen() : above.isSampled;
    const own = { traceId: above?.traceId ?? hex(16), spanId: hex(8), isSampled };
    return { own, parentSpanId: above?.spanId ?? null };
  }

  function contextOf(parent: SpanParent): TraceContext | null {
    if (parent === 'current') return running.getStore() ?? null;
    return parseTraceparent('producer' in parent ? parent.producer : parent.kept);
  }

  function mayKeepFailure(): boolean {
    const current = Math.floor(now() / MINUTE_MS);
    if (current !== minute) [minute, failures] = [current, 0];
    return ++failures <= FAILURES_PER_MINUTE;
  }

  function clean(attributes: Readonly<Record<string, unknown>>): AttributeValues {
    return Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]): [string, string | number | boolean][] => {
        if (value === undefined || value === null) return [];
        if (typeof value === 'number' || typeof value === 'boolean') return [[name, value]];
        return [[name, tidy(typeof value === 'string' ? value : JSON.stringify(value))]];
      }),
    );
  }

  function keep(
    { failure, ...facts }: Omit<SpanRecord, 'keptPercent' | 'attributes'>,
    attributes: object,
    isSampled: boolean,
  ): void {
    if (failure === null ? !isSampled : !mayKeepFailure()) return;
    const keptPercent = failure === null ? samplePercent : 100;
    const words = failure === null ? null : tidy(failure);
    target.span({ ...facts, failure: words, attributes: clean({ ...attributes }), keptPercent });
  }

  const telemetry: Telemetry = {
    async span(name, parent, given, work) {
      const { own, parentSpanId } = begin(parent);
      const startMs = now();
      const attributes: Record<string, unknown> = { ...given };
      const stages: { name: string; ms: number }[] = [];
      let failure: string | null = null;
      const span: Span<SpanName> = {
        traceparent: formatTraceparent(own),
        set: (more) => void Object.assign(attributes, more),
        stage: (stage, ms) => void stages.push({ name: stage, ms }),
        fail: (reason) => void (failure = reason),
      };
      try {
        return await running.run(own, () => work(span));
      } catch (error) {
        failure = error instanceof Error ? error.name : 'error';
        throw error;
      } finally {
        const { kind } = SPANS[name];
        const endMs = now();
        const { traceId, spanId, isSampled } = own;
        const facts = { name, kind, traceId, spanId, parentSpanId, startMs, endMs, failure };
        recordOrDrop(() => keep({ ...facts, stages: placeBackwards(stages, endMs) }, attributes, isSampled));
      }
    },
    measure: (name, value, attributes) =>
      recordOrDrop(() => target.measure(name, value, clean(bound(attributes)))),
  };

  return {
    telemetry,
    line(level, text, fields) {
      const trace = running.getStore() ?? null;
      recordOrDrop(() => target.line({ level, text: tidy(text), fields: clean(fields), atMs: now(), trace }));
    },
  };
}

/** What throws here would take the place of an outcome: a mail that has gone would count as one that has not. */
function recordOrDrop(record: () => void): void {
  try {
    record();
  } catch {
    // It could only be told by the same way.
  }
}

function isFromProducer(parent: SpanParent): boolean {
  return parent !== 'current' && 'producer' in parent;
}

/** One after another, the last one until the end: before the first lies the wait for a connection. */
function placeBackwards(
  stages: readonly { readonly name: string; readonly ms: number }[],
  endMs: number,
): SpanRecord['stages'] {
  const placed: SpanRecord['stages'][number][] = [];
  let until = endMs;
  for (const { name, ms } of stages.toReversed()) {
    placed.unshift({ name, ms, endMs: until });
    until -= ms;
  }
  return placed;
}
