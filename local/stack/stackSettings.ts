import { readSettings } from '../../shared/config.ts';
import { parseAccounts } from '../../shared/core/accountSettings.ts';
import type { SenderAccount } from '../../shared/core/accountSettings.ts';
import type { OAuthSettings } from '../../shared/core/settings.ts';
import { PROFILES } from '../../shared/core/limits.ts';
import { parseTimeScale } from '../host/timeScale.ts';
import { parseIsoDurationMs } from '../isoDuration.ts';
import { appSettings } from './appSettings.ts';
import type { Environment } from './appSettings.ts';
import { ORGANISATION_ACCOUNTS, ORGANISATION_DOMAIN } from './organisation.ts';

/** What the stack itself goes by, out of the settings that it passes on to the app. */
export interface StackSettings {
  readonly clockOffsetMs: number;
  readonly timeScale: number;
  /** At least one. */
  readonly accounts: readonly Pick<SenderAccount, 'address' | 'secret'>[];
  /** Those on whose allowed list the application of OAuth is. */
  readonly oauthAccounts: readonly string[];
  /** null: OAuth is not set up. */
  readonly oauth: OAuthSettings | null;
  readonly internalDomains: readonly string[];
  readonly externalAllowed: boolean;
  /** null: no limit. */
  readonly maxRecipients: number | null;
  readonly maxBytes: number | null;
}

/** Addresses that are right in form; the true ones are known once the servers run. */
const NO_SERVERS = {
  storage: 'UseDevelopmentStorage=true',
  keyVaultUri: 'https://127.0.0.1',
  identity: {},
  smtp: { host: '127.0.0.1', port: 1 },
  caFile: '',
};

/**
 * Throws a RangeError only for the two settings that the stack cannot start without understanding, HVE_LOCAL_CLOCK_OFFSET and
 * HVE_LOCAL_TIME_SCALE. Whatever else is wrong is the app's to say; the stack then goes by the defaults.
 */
export function readStackSettings(env: Environment): StackSettings {
  const local = {
    clockOffsetMs: readClockOffset(env['HVE_LOCAL_CLOCK_OFFSET']),
    timeScale: parseTimeScale(env['HVE_LOCAL_TIME_SCALE']),
  };
  const read = readSettings(appSettings(env, NO_SERVERS));
  if (read.ok) {
    const { settings } = read;
    return {
      ...local,
      accounts: settings.accounts,
      oauthAccounts: settings.accounts.filter(({ auth }) => auth === 'oauth').map(({ address }) => address),
      oauth: settings.oauth,
      internalDomains: settings.internalDomains,
      externalAllowed: isExternalAllowed(settings.profile),
      maxRecipients: settings.limits.recipientsPerMessage,
      maxBytes: settings.limits.messageBytes,
    };
  }
  const { accounts } = parseAccounts(env['HVE_ACCOUNTS'] ?? '');
  const profile = env['HVE_PROFILE'] === 'ga-2026' ? 'ga-2026' : 'preview-2024';
  return {
    ...local,
    accounts: accounts.length === 0 ? ORGANISATION_ACCOUNTS : accounts,
    oauthAccounts: [],
    oauth: null,
    internalDomains: [ORGANISATION_DOMAIN],
    externalAllowed: isExternalAllowed(profile),
    maxRecipients: PROFILES[profile].recipientsPerMessage,
    maxBytes: PROFILES[profile].messageBytes,
  };
}

/** A limit that an operator set to 0 or lifted changes what the app sends, not what the service takes. */
function isExternalAllowed(profile: keyof typeof PROFILES): boolean {
  return PROFILES[profile].externalPerDay !== 0;
}

function readClockOffset(setting: string | undefined): number {
  if (setting === undefined || setting.trim() === '') return 0;
  try {
    return parseIsoDurationMs(setting);
  } catch (cause) {
    throw new RangeError(
      `HVE_LOCAL_CLOCK_OFFSET: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}
