/**
 * The export to Application Insights: OpenTelemetry's SDK with Azure Monitor's exporters. Loaded only where there is somewhere
 * to export to, and after the triggers are registered (lazyExport.ts).
 *
 * Bounded in memory and time whatever the other end does: queues that drop what is too much, a time for each request, few
 * repeats, nothing on disk. What is lost is telemetry; mail waits for none of it.
 */
import type { TokenCredential } from '@azure/identity';
import {
  AzureMonitorLogExporter,
  AzureMonitorMetricExporter,
  AzureMonitorTraceExporter,
} from '@azure/monitor-opentelemetry-exporter';
import type { AzureMonitorExporterOptions } from '@azure/monitor-opentelemetry-exporter';
import { ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TelemetryDestination } from '../../core/telemetrySettings.ts';
import type { LogLevel } from '../../ports.ts';
import { makeMetrics } from './metrics.ts';
import { makeReadableSpan } from './readableSpan.ts';
import type { LineRecord, TelemetryExport } from './telemetryExport.ts';

export interface AzureMonitorOptions {
  readonly destination: TelemetryDestination;
  /** Of the app's identity, where the destination wants one. */
  readonly credential: TokenCredential | null;
  /** What could not be exported, for the log; not every time. */
  readonly onTrouble: (words: string) => void;
}

/** As the service is called on the application map; `hve-mailer` where no app has a name. */
const SERVICE = 'hve-mailer';
const REQUEST_MS = 10_000;
const REPEATS_AT_MOST = 2;
const REPEAT_AFTER_AT_MOST_MS = 4000;
const BATCH = {
  maxQueueSize: 1000,
  maxExportBatchSize: 200,
  scheduledDelayMillis: 5000,
  exportTimeoutMillis: 30_000,
};

export function makeAzureMonitor(options: AzureMonitorOptions): TelemetryExport {
  const { destination, credential, onTrouble } = options;
  const resource = resourceFromAttributes({
    'service.name': destination.appName ?? SERVICE,
    ...(destination.instanceId === null ? {} : { 'service.instance.id': destination.instanceId }),
  });
  const settings: AzureMonitorExporterOptions = {
    connectionString: destination.connectionString,
    ...(credential && { credential }),
    // Telemetry at rest on the instance's disk would outlive what retention says.
    disableOfflineStorage: true,
    retryOptions: { maxRetries: REPEATS_AT_MOST, maxRetryDelayInMs: REPEAT_AFTER_AT_MOST_MS },
    additionalPolicies: [
      {
        position: 'perRetry',
        policy: {
          name: 'hveRequestTime',
          sendRequest: (request, next) => next(Object.assign(request, { timeout: REQUEST_MS })),
        },
      },
    ],
  };
  const spans = new BatchSpanProcessor(watch(new AzureMonitorTraceExporter(settings), onTrouble), BATCH);
  const lines = new BatchLogRecordProcessor({
    exporter: watch(new AzureMonitorLogExporter(settings), onTrouble),
    ...BATCH,
  });
  const logger = new LoggerProvider({ resource, processors: [lines] }).getLogger(SERVICE);
  const metrics = makeMetrics({
    exporter: watch(new AzureMonitorMetricExporter(settings), onTrouble),
    resource,
  });

  return {
    span: (record) => spans.onEnd(makeReadableSpan(record, resource)),
    line: (record) =>
      logger.emit({
        body: record.text,
        severityNumber: SEVERITIES[record.level],
        timestamp: record.atMs,
        attributes: { ...record.fields },
        context: contextOf(record),
      }),
    measure: (name, value, attributes) => metrics.measure(name, value, attributes),
    async flush() {
      await Promise.all([spans.forceFlush(), lines.forceFlush(), metrics.flush()].map(settled));
    },
    async close() {
      await Promise.all([spans.forceFlush(), lines.forceFlush(), metrics.flush()].map(settled));
      metrics.stop();
      await Promise.all([spans.shutdown(), lines.shutdown()].map(settled));
    },
  };
}

const SEVERITIES: Readonly<Record<LogLevel, SeverityNumber>> = {
  detail: SeverityNumber.INFO,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

function contextOf({ trace: at }: LineRecord): Context {
  if (at === null) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...at, traceFlags: TraceFlags.SAMPLED });
}

/** What fails has been told by `watch`. */
async function settled(work: Promise<void>): Promise<void> {
  await work.catch(() => undefined);
}

type Exporting<Items> = { export(items: Items, done: (result: ExportResult) => void): unknown };

/** The exporter, with a word for whoever reads the console when it fails. It never throws. */
function watch<Items, Exporter extends Exporting<Items>>(
  exporter: Exporter & Exporting<Items>,
  onTrouble: (words: string) => void,
): Exporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) => {
    // Azure Monitor's exporters call back twice, or reject.
    let isDone = false;
    const finish = (result: ExportResult): void => {
      if (isDone) return;
      isDone = true;
      if (result.code !== ExportResultCode.SUCCESS) onTrouble(result.error?.message ?? 'it was refused');
      done(result);
    };
    const sending = async (): Promise<void> => {
      await send(items, finish);
    };
    void sending().catch((error: unknown) => {
      finish({
        code: ExportResultCode.FAILED,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    });
  };
  return exporter;
}
