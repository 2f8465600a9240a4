/** How the flows are watched from outside. Nothing of it decides anything, and none of it ever throws or waits. */
import type { MetricAttributes, MetricName, SpanAttributes, SpanName } from '../core/telemetryNames.ts';
import type { LogLevel } from './instance.ts';

/** Where a span belongs. */
export type SpanParent =
  /** The producer's `traceparent`, whatever it wrote; whether the trace is kept is decided here, not by the producer. */
  | { readonly producer: unknown }
  /** What a row kept (`Span.traceparent` of an earlier one); null or missing: a trace of its own. */
  | { readonly kept: string | null | undefined }
  /** The span that the caller runs in; where there is none, a trace of its own. */
  | 'current';

export interface Span<Name extends SpanName> {
  /** For what comes later under this span; to be kept in a row. Null: nothing is traced. */
  readonly traceparent: string | null;
  set(attributes: SpanAttributes<Name>): void;
  /** A part of it that is over, in order; `ms` is how long it took. */
  stage(name: string, ms: number): void;
  /** What it was for did not come about, by a word of few; such spans are kept whatever is sampled. */
  fail(reason: string): void;
}

export interface Telemetry {
  /** Runs the work in a span. One that rejects has failed. */
  span<Name extends SpanName, T>(
    name: Name,
    parent: SpanParent,
    attributes: SpanAttributes<Name>,
    work: (span: Span<Name>) => Promise<T>,
  ): Promise<T>;
  /** Adds to a counter, sets a level, or notes a duration. */
  measure<Name extends MetricName>(name: Name, value: number, attributes: MetricAttributes<Name>): void;
}

/** Telemetry as a process opens it once: what is measured, and how a log line and the rest of it get out. */
export interface OpenedTelemetry {
  readonly telemetry: Telemetry;
  /** A log line to the export; null: nothing is exported. */
  readonly record:
    | ((level: LogLevel, text: string, fields: Readonly<Record<string, unknown>>) => void)
    | null;
  /** For whatever else leaves the process as telemetry. */
  readonly hideAddresses: (text: string) => string;
  /** The export could not be loaded: the console is all there is. */
  isBroken(): boolean;
  /** Sends what is there, and ends, all `withinMs`. */
  close(withinMs: number): Promise<void>;
}
