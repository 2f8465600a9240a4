import { ACCOUNTS_SETTING, parseAccounts, show } from './accountSettings.ts';
import type { SenderAccount, SettingProblem } from './accountSettings.ts';
import { given, readOAuth, readStorage } from './connectionSettings.ts';
import type { OAuthSettings, StorageSettings, Values } from './connectionSettings.ts';
import { isInternal } from './domains.ts';
import { PROFILES, SMTP_HOSTS } from './limits.ts';
import type { Limits, ProfileName } from './limits.ts';
import { nearestName } from './nearestName.ts';
import { SETTINGS } from './settingTable.ts';
import type { SettingDefinition } from './settingTable.ts';

export type { SenderAccount, SettingProblem } from './accountSettings.ts';
export type { OAuthSettings, StorageSettings } from './connectionSettings.ts';

export interface Settings {
  readonly profile: ProfileName;
  /** The profile's, each overridden by its own setting. */
  readonly limits: Limits;
  readonly window: { readonly kind: 'calendar' | 'rolling'; readonly timeZone: string };
  /** In lower case and ASCII, `*.` for subdomains: for `isInternal`. */
  readonly internalDomains: readonly string[];
  /** At least one; the first sends what names no other. */
  readonly accounts: readonly SenderAccount[];
  /** An origin: `https://name.vault.azure.net`. */
  readonly keyVaultUri: string;
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly caFile: string | null;
    readonly ehloName: string;
    readonly connectionsPerAccount: number;
    readonly transport: 'plain' | 'fast';
    /** Transactions in flight at once on a connection of the fast transport, at most. */
    readonly window: number;
  };
  readonly oauth: OAuthSettings | null;
  readonly apiAuth: 'keys' | 'entra';
  /** What stands for `/api`, without a slash at its end; null: the address that was called. */
  readonly apiUri: string | null;
  readonly redirectTo: string | null;
  /** null: never. */
  readonly expiresAfterMs: number | null;
  readonly reserveCriticalPercent: number;
  readonly bulkPercent: number;
  /** Recipients. */
  readonly releasePerMinute: number;
  readonly reportRecipients: readonly string[];
  /** Where the app is reached from outside, an origin; null: it does not know. */
  readonly publicUrl: string | null;
  readonly idempotencyDays: number;
  readonly retention: {
    readonly payloadDays: number;
    readonly rowDays: number;
    readonly countDays: number;
  };
  readonly storage: StorageSettings;
  readonly tablePrefix: string;
  /** By what the wiring divides every duration; the durations here are undivided. */
  readonly timeScale: number;
  /** Of the local stack's clock, which is shifted before the app starts: for the record only. */
  readonly clockOffsetMs: number;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings; readonly warnings: readonly SettingProblem[] }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

/** The app's default host name: Azure sets it, and so do Core Tools and the local stack, with their port. */
const HOST_NAME = 'WEBSITE_HOSTNAME';
const LOOPBACK = /^(?:localhost|127\.0\.0\.1)(?::\d{1,5})?$/;
const PUBLIC_HOST = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/i;

/** What Azure sets on every instance of a function app, and nobody elsewhere. */
const AZURE_MARKS = ['WEBSITE_INSTANCE_ID', 'WEBSITE_SITE_NAME'];

/**
 * The settings out of the environment's variables, each problem of them at once. A blank value counts as not set.
 * Variables that do not begin with HVE_ are not looked at, but for those by which Azure tells an app where it is.
 */
export function parseSettings(values: Values): SettingsResult {
  const problems: SettingProblem[] = [...unknownNames(values)];
  const isInAzure = AZURE_MARKS.some((name) => given(values, name) !== null);

  const read = <T>(definition: SettingDefinition<T>): T => {
    const { name, expected, fallback } = definition;
    const text = given(values, name);
    if (text === null) {
      if (definition.isRequired === true) problems.push({ setting: name, expected, got: 'nothing' });
      return fallback;
    }
    if (definition.isDevelopmentOnly === true && isInAzure) {
      const got = 'a value, in Azure';
      problems.push({ setting: name, expected: 'no value: it is for development on one machine only', got });
      return fallback;
    }
    const result = definition.schema.safeParse(text);
    if (result.success) return result.data;
    problems.push({ setting: name, expected, got: describeValue(definition, text) });
    return fallback;
  };

  const profile = read(SETTINGS.profile);
  const settings = {
    profile,
    limits: {
      recipientsPerDay: orProfile(read(SETTINGS.limitRecipientsPerDay), PROFILES[profile].recipientsPerDay),
      externalPerDay: orProfile(read(SETTINGS.limitExternalPerDay), PROFILES[profile].externalPerDay),
      recipientsPerMessage: orProfile(
        read(SETTINGS.limitRecipientsPerMessage),
        PROFILES[profile].recipientsPerMessage,
      ),
      accounts: orProfile(read(SETTINGS.limitAccounts), PROFILES[profile].accounts),
      messageBytes: orProfile(read(SETTINGS.limitMessageBytes), PROFILES[profile].messageBytes),
      pricePerMillionUsd: PROFILES[profile].pricePerMillionUsd,
    },
    window: { kind: read(SETTINGS.window), timeZone: read(SETTINGS.timeZone) },
    internalDomains: read(SETTINGS.internalDomains),
    accounts: readAccounts(read(SETTINGS.accounts), problems),
    keyVaultUri: read(SETTINGS.keyVaultUri),
    smtp: {
      host: read(SETTINGS.smtpHost) ?? SMTP_HOSTS[profile],
      port: read(SETTINGS.smtpPort),
      caFile: read(SETTINGS.smtpCaFile),
      ehloName: read(SETTINGS.ehloName),
      connectionsPerAccount: read(SETTINGS.connectionsPerAccount),
      transport: read(SETTINGS.smtpTransport),
      window: read(SETTINGS.smtpWindow),
    },
    apiAuth: read(SETTINGS.apiAuth),
    apiUri: read(SETTINGS.apiUri),
    redirectTo: read(SETTINGS.redirectTo),
    expiresAfterMs: read(SETTINGS.expiresAfter),
    reserveCriticalPercent: read(SETTINGS.reserveCriticalPercent),
    bulkPercent: read(SETTINGS.bulkPercent),
    releasePerMinute: read(SETTINGS.releasePerMinute),
    reportRecipients: read(SETTINGS.reportRecipients),
    publicUrl: publicUrl(values),
    idempotencyDays: read(SETTINGS.idempotencyDays),
    retention: {
      payloadDays: read(SETTINGS.retentionPayloadDays),
      rowDays: read(SETTINGS.retentionRowDays),
      countDays: read(SETTINGS.retentionCountDays),
    },
    tablePrefix: read(SETTINGS.tablePrefix),
    timeScale: read(SETTINGS.localTimeScale),
    clockOffsetMs: read(SETTINGS.localClockOffset),
  };
  const needsOAuth = settings.accounts.some(({ auth }) => auth === 'oauth');
  const oauth = readOAuth(read, problems, needsOAuth);
  const storage = readStorage(read, values, problems);
  const broken = new Set(problems.map(({ setting }) => setting));
  for (const { of, ...problem } of contradictions({ ...settings, oauth, storage })) {
    if (!of.some((name) => broken.has(name))) problems.push(problem);
  }
  if (problems.length > 0 || storage === null) return { ok: false, problems };
  return {
    ok: true,
    settings: { ...settings, oauth, storage },
    warnings: [...foreignAccounts(settings), ...refusedReports(settings)],
  };
}

function publicUrl(values: Values): string | null {
  const host = given(values, HOST_NAME) ?? '';
  if (LOOPBACK.test(host)) return `http://${host}`;
  return PUBLIC_HOST.test(host) ? `https://${host}` : null;
}

function readAccounts(text: string, problems: SettingProblem[]): readonly SenderAccount[] {
  if (text === '') return [];
  const parsed = parseAccounts(text);
  problems.push(...parsed.problems);
  return parsed.accounts;
}

/** What is wrong only together, and of which settings: where one of those is wrong by itself, nothing is said twice. */
function contradictions(
  settings: Pick<Settings, 'profile' | 'limits' | 'accounts' | 'oauth' | 'idempotencyDays' | 'retention'> & {
    readonly storage: StorageSettings | null;
  },
): (SettingProblem & { readonly of: readonly string[] })[] {
  const { profile, limits, accounts, oauth, storage, idempotencyDays, retention } = settings;
  const found: (SettingProblem & { readonly of: readonly string[] })[] = [];
  if (limits.accounts !== null && accounts.length > limits.accounts) {
    const { name } = SETTINGS.limitAccounts;
    const expected = `at most ${limits.accounts} accounts (profile ${profile}; ${name} changes it)`;
    const of = [name, SETTINGS.profile.name];
    found.push({ setting: ACCOUNTS_SETTING, expected, got: `${accounts.length}`, of });
  }
  const identity = SETTINGS.storageClientId.name;
  if (storage?.kind === 'identity' && storage.clientId.toLowerCase() === oauth?.clientId.toLowerCase()) {
    const { name } = SETTINGS.oauthClientId;
    const expected = `the client id of the application, another one than that of the app's identity (${identity})`;
    found.push({ setting: name, expected, got: oauth?.clientId ?? '', of: [name, identity] });
  }
  const rows = SETTINGS.retentionRowDays.name;
  for (const [{ name }, days] of [
    [SETTINGS.retentionPayloadDays, retention.payloadDays],
    [SETTINGS.idempotencyDays, idempotencyDays],
  ] as const) {
    if (days <= retention.rowDays) continue;
    const expected = `at most the ${retention.rowDays} days of ${rows}`;
    found.push({ setting: name, expected, got: `${days}`, of: [name, rows] });
  }
  return found;
}

/** An account outside the organisation's domains is possible (an unlisted accepted domain) and mostly a typing error. */
function foreignAccounts({
  accounts,
  internalDomains,
}: Pick<Settings, 'accounts' | 'internalDomains'>): SettingProblem[] {
  return accounts
    .filter(({ address }) => !isInternal(address, internalDomains))
    .map(({ address }) => ({
      setting: ACCOUNTS_SETTING,
      expected: `accounts in the domains of ${SETTINGS.internalDomains.name}`,
      got: address,
    }));
}

/** Where no external recipient is allowed, an external one of the report never gets it. */
function refusedReports({
  reportRecipients,
  internalDomains,
  limits,
}: Pick<Settings, 'reportRecipients' | 'internalDomains' | 'limits'>): SettingProblem[] {
  if (limits.externalPerDay !== 0) return [];
  return reportRecipients
    .filter((address) => !isInternal(address, internalDomains))
    .map((address) => ({
      setting: SETTINGS.reportRecipients.name,
      expected: `recipients in the domains of ${SETTINGS.internalDomains.name}, since external ones are refused here (${SETTINGS.limitExternalPerDay.name} is 0)`,
      got: address,
    }));
}

function unknownNames(values: Values): SettingProblem[] {
  const known: readonly string[] = Object.values(SETTINGS).map(({ name }) => name);
  return Object.keys(values)
    .filter((name) => name.toUpperCase().startsWith('HVE_') && !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      const hint = nearest === null ? 'see docs/configuration.md' : `did you mean ${nearest}?`;
      return { setting: name, expected: `the name of a setting; ${hint}`, got: 'an unknown name' };
    });
}

function describeValue({ isConfidential }: { readonly isConfidential?: boolean }, text: string): string {
  return isConfidential === true ? `${text.length} characters that are none` : show(text);
}

function orProfile(own: number | null | undefined, profile: number | null): number | null {
  return own === undefined ? profile : own;
}
