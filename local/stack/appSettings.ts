import { ORGANISATION_ACCOUNTS, ORGANISATION_DOMAIN } from './organisation.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the app finds its servers here. */
export interface AppServers {
  /** A connection string. */
  readonly storage: string;
  readonly keyVaultUri: string;
  /** IDENTITY_ENDPOINT and IDENTITY_HEADER. */
  readonly identity: Readonly<Record<string, string>>;
  /** Of the stand-in for Entra ID; only where OAuth is set up. */
  readonly authorityHost?: string;
  readonly smtp: { readonly host: string; readonly port: number };
  /** The CA of all of them. */
  readonly caFile: string;
}

/** Settings of other tools and hosts that would lead the app's SDKs elsewhere, or make it take this machine for Azure. */
const FOREIGN =
  /^(NODE_OPTIONS$|NODE_V8_COVERAGE$|IDENTITY_|MSI_|IMDS_|AZURE_|WEBSITE_|FUNCTIONS_|AzureWebJobs)/i;
const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/**
 * The environment of a functions host: that of `npm start`, the app's settings for the local servers, and over these
 * whatever HVE_ settings `npm start` was given, right or wrong.
 */
export function appSettings(env: Environment, servers: AppServers): Record<string, string> {
  const given = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value === undefined || FOREIGN.test(name) ? [] : [[name, value]],
  );
  // A blank setting counts as not set, so it takes no default's place.
  const own = given.filter(([name, value]) => name.startsWith('HVE_') && value.trim() !== '');
  const others = given.filter(([name]) => !name.startsWith('HVE_'));
  const byIdentity = own.some(([name]) => name.startsWith('HVE_STORAGE__'));
  return {
    ...Object.fromEntries(others),
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: servers.storage,
    ...servers.identity,
    NODE_EXTRA_CA_CERTS: servers.caFile,
    NO_PROXY: withLoopback(env['NO_PROXY'] ?? env['no_proxy']),
    // Either a connection string or an identity: together they are a mistake the app would refuse.
    ...(byIdentity ? {} : { HVE_STORAGE: servers.storage }),
    HVE_KEY_VAULT_URI: servers.keyVaultUri,
    ...(servers.authorityHost === undefined ? {} : { HVE_OAUTH_AUTHORITY_HOST: servers.authorityHost }),
    HVE_SMTP_HOST: servers.smtp.host,
    HVE_SMTP_PORT: String(servers.smtp.port),
    HVE_SMTP_CA_FILE: servers.caFile,
    HVE_INTERNAL_DOMAINS: ORGANISATION_DOMAIN,
    HVE_ACCOUNTS: JSON.stringify(ORGANISATION_ACCOUNTS),
    ...Object.fromEntries(own),
  };
}

/** A list of hosts for NO_PROXY with this machine in it: a company's proxy knows nothing of our servers. */
export function withLoopback(noProxy: string | undefined): string {
  const listed = (noProxy ?? '').split(',').filter((host) => host.trim() !== '');
  return [...new Set([...listed, ...LOOPBACK])].join(',');
}
