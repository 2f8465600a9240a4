/** How the API tells who calls. Read when the functions are registered, before any other setting. Pure. */
import { SETTINGS } from './settingTable.ts';

export interface ApiAuth {
  readonly mode: 'keys' | 'entra';
  /** App Service Authentication stands before the app; only then its headers are its own. */
  readonly isSignInOn: boolean;
}

/**
 * By this the Functions host of Azure itself decides whether to run App Service Authentication; it is set from the site's
 * configuration. https://github.com/Azure/azure-functions-host/issues/10687
 */
const SIGN_IN_MARK = 'WEBSITE_AUTH_ENABLED';

/** Never throws: with a value that is none the keys are asked for, and the configuration is broken. */
export function readApiAuth(values: Readonly<Record<string, string | undefined>>): ApiAuth {
  const mode = SETTINGS.apiAuth.schema.safeParse((values[SETTINGS.apiAuth.name] ?? '').trim());
  return {
    mode: mode.success ? mode.data : SETTINGS.apiAuth.fallback,
    isSignInOn: (values[SIGN_IN_MARK] ?? '').trim().toLowerCase() === 'true',
  };
}
