/** Telemetry as the process has it: recorded, exported once the SDK is loaded, or silent where there is nowhere to export to. */
import type { TokenCredential } from '@azure/identity';
import type { TelemetrySettings } from '../../core/telemetrySettings.ts';
import type { Chance, OpenedTelemetry } from '../../ports.ts';
import { makeHideAddresses } from './hideAddresses.ts';
import { makeLazyExport } from './lazyExport.ts';
import { recordTelemetry } from './recordTelemetry.ts';
import { SILENT_TELEMETRY } from './silentTelemetry.ts';

/** So long after the first message: by then it is on its way. */
const LOAD_AFTER_MS = 1000;
/** Whoever reads the console is told of an export that fails no more often. */
const COMPLAIN_EVERY_MS = 3_600_000;

export function openTelemetry(options: {
  readonly settings: TelemetrySettings;
  readonly chance: Chance;
  /** The app's identity, where the destination wants one. */
  readonly credential: TokenCredential | null;
  /** To whoever reads the console: telemetry itself does not get out. */
  readonly complain: (words: string) => void;
}): OpenedTelemetry {
  const { settings, chance, credential, complain } = options;
  const { destination, samplePercent, accounts } = settings;
  if (destination === null) {
    return {
      telemetry: SILENT_TELEMETRY,
      record: null,
      hideAddresses: (text) => text,
      isBroken: () => false,
      close: async () => undefined,
    };
  }
  let isBroken = false;
  let complainedAt = -Infinity;
  const onTrouble = (words: string): void => {
    if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = performance.now();
    complain(`telemetry could not be exported, mail goes on without it: ${words}`);
  };
  const target = makeLazyExport({
    load: async () => {
      const { makeAzureMonitor } = await import('./azureMonitor.ts');
      return makeAzureMonitor({ destination, credential, onTrouble });
    },
    loadAfterMs: LOAD_AFTER_MS,
    onFailure: (error) => {
      isBroken = true;
      onTrouble(error instanceof Error ? error.message : String(error));
    },
  });
  const hideAddresses = makeHideAddresses(accounts);
  const { telemetry, line } = recordTelemetry({
    target,
    samplePercent,
    chance,
    now: () => Date.now(),
    hideAddresses,
  });
  return {
    telemetry,
    record: line,
    hideAddresses,
    isBroken: () => isBroken,
    async close(withinMs) {
      let timer: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
      await Promise.race([target.close(), over]);
      clearTimeout(timer);
    },
  };
}
