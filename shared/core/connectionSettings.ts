/** Settings that make sense together only: the way to Storage, the application of OAuth. */
import type { SettingProblem } from './accountSettings.ts';
import { SETTINGS } from './settingTable.ts';
import type { SettingDefinition } from './settingTable.ts';

/** A connection string is a secret; an identity is the user-assigned one with that client id. */
export type StorageSettings =
  | { readonly kind: 'connectionString'; readonly value: string }
  | {
      readonly kind: 'identity';
      readonly queueServiceUri: string;
      readonly blobServiceUri: string;
      readonly tableServiceUri: string;
      readonly clientId: string;
    };

export interface OAuthSettings {
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: 'managedIdentity' | 'secret' | 'certificate';
  /** The name in Key Vault; null with `managedIdentity`. */
  readonly secret: string | null;
  /** An origin; null: Microsoft's. */
  readonly authorityHost: string | null;
}

export type Values = Readonly<Record<string, string | undefined>>;
/** The parsed value, or its fallback where there is none or a problem, which is noted elsewhere. */
type Read = <T>(definition: SettingDefinition<T>) => T;

/** null: none of its settings is set and no account needs them, or `problems` says why. */
export function readOAuth(read: Read, problems: SettingProblem[], isNeeded: boolean): OAuthSettings | null {
  const tenantId = read(SETTINGS.oauthTenantId);
  const clientId = read(SETTINGS.oauthClientId);
  const credential = read(SETTINGS.oauthCredential);
  const secret = read(SETTINGS.oauthSecret);
  const authorityHost = read(SETTINGS.oauthAuthorityHost);
  const isAny = [tenantId, clientId, credential, secret].some((value) => value !== null);
  if (!isAny && !isNeeded) return null;
  const needsSecret = credential === 'secret' || credential === 'certificate';
  const missing = [
    ...(tenantId === null ? [SETTINGS.oauthTenantId] : []),
    ...(clientId === null ? [SETTINGS.oauthClientId] : []),
    ...(credential === null ? [SETTINGS.oauthCredential] : []),
    ...(needsSecret && secret === null ? [SETTINGS.oauthSecret] : []),
  ];
  const because = isNeeded
    ? 'an account of HVE_ACCOUNTS logs in by OAuth'
    : 'the other HVE_OAUTH_ settings are set';
  addMissing(missing, because, problems);
  if (credential === 'managedIdentity' && secret !== null) {
    const { name } = SETTINGS.oauthSecret;
    const expected = `no value, since with ${SETTINGS.oauthCredential.name} managedIdentity the application has no secret`;
    problems.push({ setting: name, expected, got: 'a value' });
  }
  if (tenantId === null || clientId === null || credential === null) return null;
  return { tenantId, clientId, credential, secret: needsSecret ? secret : null, authorityHost };
}

/** null: `problems` says why. */
export function readStorage(read: Read, values: Values, problems: SettingProblem[]): StorageSettings | null {
  const value = read(SETTINGS.storage);
  const queueServiceUri = read(SETTINGS.storageQueueServiceUri);
  const blobServiceUri = read(SETTINGS.storageBlobServiceUri);
  const tableServiceUri = read(SETTINGS.storageTableServiceUri);
  const clientId = read(SETTINGS.storageClientId);
  read(SETTINGS.storageCredential);
  const byIdentity = [
    SETTINGS.storageQueueServiceUri,
    SETTINGS.storageBlobServiceUri,
    SETTINGS.storageTableServiceUri,
    SETTINGS.storageCredential,
    SETTINGS.storageClientId,
  ];
  const { name } = SETTINGS.storage;
  const missing = byIdentity.filter((definition) => given(values, definition.name) === null);
  if (given(values, name) !== null) {
    if (missing.length < byIdentity.length) {
      const expected = 'either a connection string or the HVE_STORAGE__ settings';
      problems.push({ setting: name, expected, got: 'both' });
    }
    return value === null ? null : { kind: 'connectionString', value };
  }
  if (missing.length === byIdentity.length) {
    const expected = 'a connection string, or in Azure HVE_STORAGE__queueServiceUri and its like';
    problems.push({ setting: name, expected, got: 'nothing' });
    return null;
  }
  addMissing(missing, 'the other HVE_STORAGE__ settings are set', problems);
  if (queueServiceUri === null || blobServiceUri === null || tableServiceUri === null || clientId === null) {
    return null;
  }
  return { kind: 'identity', queueServiceUri, blobServiceUri, tableServiceUri, clientId };
}

function addMissing(
  missing: readonly { readonly name: string; readonly expected: string }[],
  because: string,
  problems: SettingProblem[],
): void {
  for (const { name, expected } of missing) {
    if (problems.some((problem) => problem.setting === name)) continue;
    problems.push({ setting: name, expected: `${expected}, since ${because}`, got: 'nothing' });
  }
}

/** null: not set, or blank. */
export function given(values: Values, name: string): string | null {
  const text = values[name]?.trim() ?? '';
  return text === '' ? null : text;
}
