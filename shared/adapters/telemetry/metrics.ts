/**
 * The metrics of METRICS over OpenTelemetry's SDK: summed up here, exported as what came since the last time (delta).
 *
 * Every combination of attributes is a row in Application Insights each time it is exported, so a quiet app pays more for its
 * metrics than for anything else. Hence the pace: every minute where it has work, else every fifth.
 */
import type { Counter, Gauge, Histogram } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { METRICS } from '../../core/telemetryNames.ts';
import type { MetricName } from '../../core/telemetryNames.ts';
import type { AttributeValues } from './telemetryExport.ts';

const MINUTE_MS = 60_000;
/** About what twenty messages measure. */
const BUSY_MEASUREMENTS = 200;
const QUIET_MINUTES = 5;

/** Whether what was measured since the last export goes out now. Levels are what alerts wait for. */
export function isExportDue(since: {
  readonly minutes: number;
  readonly measurements: number;
  readonly hasLevels: boolean;
}): boolean {
  const { minutes, measurements, hasLevels } = since;
  return hasLevels || measurements >= BUSY_MEASUREMENTS || minutes >= QUIET_MINUTES;
}

export interface Metrics {
  measure(name: MetricName, value: number, attributes: AttributeValues): void;
  /** Exports what was measured since the last time, and settles when that has gone or failed. */
  flush(): Promise<void>;
  stop(): void;
}

export function makeMetrics(options: {
  readonly exporter: PushMetricExporter;
  readonly resource: Resource;
  readonly minuteMs?: number;
}): Metrics {
  const { exporter, resource, minuteMs = MINUTE_MS } = options;
  const reader = new PulledReader(exporter);
  const meter = new MeterProvider({ resource, readers: [reader] }).getMeter('hve-mailer');
  const instruments = new Map<MetricName, Counter | Gauge | Histogram>();
  let measurements = 0;
  let hasLevels = false;
  let minutes = 0;
  let exporting: Promise<void> | null = null;

  function instrumentOf(name: MetricName): Counter | Gauge | Histogram {
    let instrument = instruments.get(name);
    if (instrument === undefined) {
      const { kind, unit, description } = METRICS[name];
      const about = { unit, description };
      if (kind === 'counter') instrument = meter.createCounter(name, about);
      else if (kind === 'level') instrument = meter.createGauge(name, about);
      else instrument = meter.createHistogram(name, about);
      instruments.set(name, instrument);
    }
    return instrument;
  }

  async function exportAll(): Promise<void> {
    [measurements, hasLevels, minutes] = [0, false, 0];
    const { resourceMetrics } = await reader.collect();
    const scopeMetrics = resourceMetrics.scopeMetrics
      .map((scope) => ({ ...scope, metrics: scope.metrics.filter((metric) => metric.dataPoints.length > 0) }))
      .filter((scope) => scope.metrics.length > 0);
    if (scopeMetrics.length === 0) return;
    await new Promise<void>((resolve) =>
      exporter.export({ ...resourceMetrics, scopeMetrics }, () => resolve()),
    );
  }

  async function flush(): Promise<void> {
    await exporting;
    exporting = exportAll().finally(() => (exporting = null));
    await exporting;
  }

  const timer = setInterval(() => {
    minutes += 1;
    // While one still goes out, what came meanwhile waits for the next.
    if (exporting !== null || !isExportDue({ minutes, measurements, hasLevels })) return;
    // A rejection that nobody waits for would end the process, and the mail that is on its way in it.
    flush().catch(() => undefined);
  }, minuteMs);
  timer.unref();

  return {
    measure(name, value, attributes) {
      const instrument = instrumentOf(name);
      measurements += 1;
      if (METRICS[name].kind === 'level') hasLevels = true;
      if ('add' in instrument) instrument.add(value, attributes);
      else instrument.record(value, attributes);
    },
    flush,
    stop: () => clearInterval(timer),
  };
}

/** Collects when it is asked to. */
class PulledReader extends MetricReader {
  constructor(exporter: PushMetricExporter) {
    super({
      aggregationTemporalitySelector: (instrument) => exporter.selectAggregationTemporality!(instrument),
    });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
