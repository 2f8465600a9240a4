import type { Telemetry } from '../../../shared/ports.ts';
import { SILENT_TELEMETRY } from '../../../shared/adapters/telemetry/silentTelemetry.ts';

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Telemetry that only notes what is measured. */
export function makeWatchedTelemetry(): { readonly telemetry: Telemetry; readonly measured: Measurement[] } {
  const measured: Measurement[] = [];
  const telemetry: Telemetry = {
    ...SILENT_TELEMETRY,
    measure: (name, value, attributes) => void measured.push({ name, value, attributes }),
  };
  return { telemetry, measured };
}
