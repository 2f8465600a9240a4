import { parseSettings } from './core/settings.ts';
import type { SettingsResult } from './core/settings.ts';

/**
 * The settings of this process: the only place that reads the environment. Never throws; a broken configuration comes
 * back as the list of everything that is wrong with it.
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>> = process.env,
): SettingsResult {
  return parseSettings(env);
}
