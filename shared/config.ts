import { readApiAuth as apiAuthOf } from './core/apiAuth.ts';
import type { ApiAuth } from './core/apiAuth.ts';
import { parseSettings } from './core/settings.ts';
import type { SettingsResult } from './core/settings.ts';
import { parseTelemetrySettings } from './core/telemetrySettings.ts';
import type { TelemetrySettings } from './core/telemetrySettings.ts';

/**
 * The settings of this process: the only place that reads the environment. Never throws; a broken configuration comes
 * back as the list of everything that is wrong with it.
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>> = process.env,
): SettingsResult {
  return parseSettings(env);
}

/** How the API tells who calls: read by itself and first, since the functions are registered before all other settings. */
export function readApiAuth(env: Readonly<Record<string, string | undefined>> = process.env): ApiAuth {
  return apiAuthOf(env);
}

/** What telemetry goes by, whatever is wrong with the rest. */
export function readTelemetrySettings(
  env: Readonly<Record<string, string | undefined>> = process.env,
): TelemetrySettings {
  return parseTelemetrySettings(env);
}
