import { recordTelemetry } from '../../../shared/adapters/telemetry/recordTelemetry.ts';
import type { AttributeValues, SpanRecord } from '../../../shared/adapters/telemetry/telemetryExport.ts';
import type { Telemetry } from '../../../shared/ports.ts';
import { chance } from '../adapters/storage/openStorage.ts';

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly attributes: AttributeValues;
}

/** Telemetry whose every span and measurement is kept here, in the order of their ends. */
export function makeWatchedTelemetry(): {
  readonly telemetry: Telemetry;
  readonly measured: Measurement[];
  readonly spans: SpanRecord[];
} {
  const measured: Measurement[] = [];
  const spans: SpanRecord[] = [];
  const { telemetry } = recordTelemetry({
    target: {
      span: (record) => void spans.push(record),
      line: () => undefined,
      measure: (name, value, attributes) => void measured.push({ name, value, attributes }),
      flush: async () => undefined,
      close: async () => undefined,
    },
    samplePercent: 100,
    chance,
    now: () => Date.now(),
    hideAddresses: (text) => text,
  });
  return { telemetry, measured, spans };
}
