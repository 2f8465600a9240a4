/** What goes out of the process, and the side of it that knows an SDK. */
import type { MetricName } from '../../core/telemetryNames.ts';
import type { LogLevel } from '../../ports.ts';

export type AttributeValues = Readonly<Record<string, string | number | boolean>>;

/** A span that is over, and is to be kept. Times in milliseconds since the epoch. */
export interface SpanRecord {
  readonly name: string;
  readonly kind: 'internal' | 'client';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: AttributeValues;
  readonly stages: readonly { readonly name: string; readonly endMs: number; readonly ms: number }[];
  /** null: it went well. */
  readonly failure: string | null;
  /** How many in a hundred of its kind are kept. */
  readonly keptPercent: number;
}

export interface LineRecord {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: AttributeValues;
  readonly atMs: number;
  /** Of the span it was written in. */
  readonly trace: { readonly traceId: string; readonly spanId: string } | null;
}

/** None of it throws; what cannot be exported is dropped. */
export interface TelemetryExport {
  span(record: SpanRecord): void;
  line(record: LineRecord): void;
  measure(name: MetricName, value: number, attributes: AttributeValues): void;
  /** Sends what is there. Settles when it has gone or is given up; the caller bounds the time. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
