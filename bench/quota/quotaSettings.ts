import { parseSettings } from '../../shared/core/settings.ts';
import { makeRules } from '../../shared/wiring.ts';
import type { Rules } from '../../shared/flows/mailer.ts';

export const DOMAIN = 'contoso.com';
export const ACCOUNTS = [`hve@${DOMAIN}`, `payroll@${DOMAIN}`] as const;

/** Where the rows are, and what else holds there: the app's settings. */
export interface Place {
  readonly connectionString: string;
  readonly tablePrefix: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** The rules of an app that sends through two accounts. Key Vault and the server of SMTP are named and never asked. */
export function makeQuotaRules({ connectionString, tablePrefix, settings = {} }: Place): Rules {
  const read = parseSettings({
    HVE_STORAGE: connectionString,
    HVE_TABLE_PREFIX: tablePrefix,
    HVE_KEY_VAULT_URI: 'https://bench.vault.azure.net',
    HVE_INTERNAL_DOMAINS: DOMAIN,
    HVE_EHLO_NAME: `mailer.${DOMAIN}`,
    HVE_ACCOUNTS: JSON.stringify(ACCOUNTS.map((address) => ({ address, secret: 'password' }))),
    ...settings,
  });
  if (!read.ok) throw new Error(`the settings of the benchmark are wrong: ${JSON.stringify(read.problems)}`);
  return makeRules(read.settings);
}
