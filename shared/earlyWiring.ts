/**
 * The adapters that an instance needs before its first item: telemetry and the page's files. Apart from wiring.ts, which imports all
 * others, so that registering the functions loads no SDK.
 */
import { loadIdentitySdk, makeAzureCredential } from './adapters/azureCredential.ts';
import { makeChance } from './adapters/nodePlatform.ts';
import { makePageFiles } from './adapters/pageFiles.ts';
import { openTelemetry } from './adapters/telemetry/openTelemetry.ts';
import type { TelemetrySettings } from './core/telemetrySettings.ts';
import type { OpenedTelemetry, PageFiles } from './ports.ts';

/** Before everything else, and whatever becomes of it. `complain`: what telemetry cannot say itself. */
export function wireTelemetry(
  settings: TelemetrySettings,
  complain: (words: string) => void,
): OpenedTelemetry {
  const identity = settings.destination?.identity ?? null;
  const credential = identity && makeAzureCredential({ clientId: identity.clientId });
  return openTelemetry({ settings, chance: makeChance(), credential, complain });
}

/** Ahead of the first token. */
export async function loadIdentity(): Promise<void> {
  await loadIdentitySdk();
}

/**
 * The dashboard needs no settings: it is shown with a broken configuration too, and says so. `bundleFolder`: where main.cjs lies, `dist`
 * (a chunk of the bundle has a folder of its own).
 */
export function wirePageFiles(bundleFolder: string): PageFiles {
  return makePageFiles(`${bundleFolder}/dashboard`);
}
