import { z } from 'zod';
import { parseDomainPattern } from './domains.ts';
import { parseDurationMs } from './isoDuration.ts';
import { PROFILE_NAMES } from './limits.ts';
import type { ProfileName } from './limits.ts';
import { RECIPIENTS_PER_DELIVERY_AT_MOST } from './plan.ts';
import {
  limit,
  parseBaseUri,
  parseConnectionString,
  parsed,
  parseList,
  parseMailAddress,
  parseOrigin,
  parsePercent,
  parsePositiveDuration,
  parseTimeScale,
  parseTimeZone,
  wholeNumber,
} from './settingParsers.ts';

/** One setting: what it is called, what it takes, what it means. docs/configuration.md is made of this table. */
export interface SettingDefinition<T> {
  readonly name: string;
  /** What it takes, in words: the second half of "expected …". */
  readonly expected: string;
  /** What holds where it is not set. Of a required setting: what the checks of the others go on with. */
  readonly fallback: T;
  readonly isRequired?: boolean;
  /** The default in the words of the documentation. */
  readonly defaultText: string;
  readonly description: string;
  readonly example: string;
  readonly schema: z.ZodType<T, string>;
  /** Its value is never printed: a secret, or a place where a secret is put by mistake. */
  readonly isConfidential?: boolean;
  /** For the local stack; refused in Azure. */
  readonly isDevelopmentOnly?: boolean;
}

/** Keeps the type of the fallback and the schema together. */
function define<T>(definition: SettingDefinition<T>): SettingDefinition<T> {
  return definition;
}

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const HOST = /^(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;
const ADDRESS_LITERAL = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]$/;
/** Key Vault's own rule for the names of secrets. */
export const SECRET_NAME = /^[0-9A-Za-z-]{1,127}$/;
/** The longest table name of ours is `deadletters`; Table Storage takes 63 characters. */
const TABLE_PREFIX = /^[A-Za-z][A-Za-z0-9]{0,39}$/;
/** Above this a number of recipients or days is a typing error. */
const MAX_RECIPIENTS = 1_000_000_000;
const MAX_DAYS = 3650;

const guid = z.string().regex(GUID);
const optional = <T>(schema: z.ZodType<T, string>): z.ZodType<T | null, string> => schema;

export const SETTINGS = {
  profile: define<ProfileName>({
    name: 'HVE_PROFILE',
    expected: '`preview-2024` or `ga-2026`',
    fallback: 'preview-2024',
    defaultText: '`preview-2024`',
    description: "Which set of High Volume Email's limits holds, and with it the server.",
    example: 'ga-2026',
    schema: z.enum(PROFILE_NAMES),
  }),
  limitRecipientsPerDay: define({
    name: 'HVE_LIMIT_RECIPIENTS_PER_DAY',
    expected: 'a whole number from 0, or `none`',
    fallback: undefined,
    defaultText: "the profile's",
    description:
      'Recipients a day, internal and external together. Lower it by what devices send to High Volume Email directly.',
    example: '90000',
    schema: limit(0, MAX_RECIPIENTS),
  }),
  limitExternalPerDay: define({
    name: 'HVE_LIMIT_EXTERNAL_PER_DAY',
    expected: 'a whole number from 0 (0 refuses external recipients), or `none`',
    fallback: undefined,
    defaultText: "the profile's",
    description: 'External recipients a day.',
    example: '1500',
    schema: limit(0, MAX_RECIPIENTS),
  }),
  limitRecipientsPerMessage: define({
    name: 'HVE_LIMIT_RECIPIENTS_PER_MESSAGE',
    expected: `a whole number from 1 to ${RECIPIENTS_PER_DELIVERY_AT_MOST}, or \`none\``,
    fallback: undefined,
    defaultText: "the profile's",
    description: 'Recipients of one delivery; a message to more of them is split.',
    example: '50',
    schema: limit(1, RECIPIENTS_PER_DELIVERY_AT_MOST),
  }),
  limitAccounts: define({
    name: 'HVE_LIMIT_ACCOUNTS',
    expected: 'a whole number from 1, or `none`',
    fallback: undefined,
    defaultText: "the profile's",
    description: 'How many sender accounts the tenant may have.',
    example: '20',
    schema: limit(1, 10_000),
  }),
  limitMessageBytes: define({
    name: 'HVE_LIMIT_MESSAGE_BYTES',
    expected: 'a whole number of bytes from 1000, or `none`',
    fallback: undefined,
    defaultText: "the profile's",
    description: 'The size of a message as it goes over the wire, attachments encoded.',
    example: '10000000',
    schema: limit(1000, 1_000_000_000),
  }),
  window: define<'calendar' | 'rolling'>({
    name: 'HVE_WINDOW',
    expected: '`calendar` or `rolling`',
    fallback: 'calendar',
    defaultText: '`calendar`',
    description: 'Whether "a day" is the calendar day or the last 24 hours.',
    example: 'rolling',
    schema: z.enum(['calendar', 'rolling']),
  }),
  timeZone: define({
    name: 'HVE_TIME_ZONE',
    expected: 'the IANA name of a time zone',
    fallback: 'UTC',
    defaultText: '`UTC`',
    description: 'Where the calendar day begins and ends.',
    example: 'Europe/Berlin',
    schema: parsed(parseTimeZone),
  }),
  internalDomains: define({
    name: 'HVE_INTERNAL_DOMAINS',
    expected: 'domains separated by commas, each such as contoso.com or *.contoso.com',
    fallback: [],
    isRequired: true,
    defaultText: 'required',
    description:
      "The organisation's accepted domains: recipients there are internal. `*.contoso.com` means every domain below contoso.com, not itself.",
    example: 'contoso.com,*.contoso.com',
    schema: parsed((text) => parseList(text, parseDomainPattern)),
  }),
  accounts: define({
    name: 'HVE_ACCOUNTS',
    expected: 'a JSON list of sender accounts, [{ "address": "…", "secret": "…" }]',
    fallback: '',
    isRequired: true,
    defaultText: 'required',
    description:
      "The sender accounts, see below. The first one sends what names no other. It holds the names of the passwords' secrets in Key Vault, never a password.",
    example: '[{"address":"hve@contoso.com","secret":"hve-contoso-com"}]',
    schema: z.string(),
    isConfidential: true,
  }),
  keyVaultUri: define({
    name: 'HVE_KEY_VAULT_URI',
    expected: 'the https address of a Key Vault, without a path',
    fallback: '',
    isRequired: true,
    defaultText: 'required',
    description: "The Key Vault with the accounts' passwords, and the secret of OAuth's application.",
    example: 'https://contoso-mail.vault.azure.net',
    schema: parsed(parseOrigin),
    isConfidential: true,
  }),
  smtpHost: define({
    name: 'HVE_SMTP_HOST',
    expected: 'a host name',
    fallback: null,
    defaultText: "the profile's: `smtp-hve.office365.com` or `smtp.hve.mx.microsoft`",
    description: 'The SMTP server. STARTTLS and its certificate are always required.',
    example: 'smtp-hve.office365.com',
    schema: optional(z.string().regex(HOST)),
  }),
  smtpPort: define({
    name: 'HVE_SMTP_PORT',
    expected: 'a whole number from 1 to 65535',
    fallback: 587,
    defaultText: '587',
    description: "The SMTP server's port.",
    example: '587',
    schema: wholeNumber(1, 65_535),
  }),
  smtpCaFile: define({
    name: 'HVE_SMTP_CA_FILE',
    expected: 'the path of a PEM file',
    fallback: null,
    defaultText: 'none',
    description: "A further certificate authority to trust for SMTP: the local simulator's.",
    example: '.local/tls/ca.pem',
    schema: optional(z.string()),
    isDevelopmentOnly: true,
  }),
  ehloName: define({
    name: 'HVE_EHLO_NAME',
    expected: 'a domain name or an address literal such as [192.0.2.1]',
    fallback: '[127.0.0.1]',
    defaultText: '`[127.0.0.1]`',
    description: 'What the app calls itself towards the SMTP server.',
    example: 'mailer.contoso.com',
    schema: z.string().refine((text) => HOST.test(text) || ADDRESS_LITERAL.test(text)),
  }),
  connectionsPerAccount: define({
    name: 'HVE_CONNECTIONS_PER_ACCOUNT',
    expected: 'a whole number from 1 to 50',
    fallback: 3,
    defaultText: '3',
    description: 'SMTP connections at once for one sender account, on each instance.',
    example: '3',
    schema: wholeNumber(1, 50),
  }),
  smtpTransport: define<'plain' | 'fast'>({
    name: 'HVE_SMTP_TRANSPORT',
    expected: '`plain` or `fast`',
    fallback: 'plain',
    defaultText: '`plain`',
    description:
      'How mail goes over a connection: `plain` waits for the answer to each message; `fast` sends the next one meanwhile, as far as the server offers PIPELINING or CHUNKING.',
    example: 'fast',
    schema: z.enum(['plain', 'fast']),
  }),
  smtpWindow: define({
    name: 'HVE_SMTP_WINDOW',
    expected: 'a whole number from 1 to 8',
    fallback: 2,
    defaultText: '2',
    description:
      'With `fast` and a server that offers CHUNKING: messages in flight at once on one connection, at most. So many are in doubt when it is lost.',
    example: '4',
    schema: wholeNumber(1, 8),
  }),
  oauthTenantId: define({
    name: 'HVE_OAUTH_TENANT_ID',
    expected: 'a GUID',
    fallback: null,
    defaultText: 'none',
    description: 'The Entra ID tenant of accounts with `auth: "oauth"`, see below.',
    example: '11111111-2222-3333-4444-555555555555',
    schema: optional(guid),
  }),
  oauthClientId: define({
    name: 'HVE_OAUTH_CLIENT_ID',
    expected: 'a GUID',
    fallback: null,
    defaultText: 'none',
    description: 'The application (client) id of the application that sends for those accounts.',
    example: '66666666-7777-8888-9999-000000000000',
    schema: optional(guid),
  }),
  oauthCredential: define({
    name: 'HVE_OAUTH_CREDENTIAL',
    expected: '`managedIdentity`, `secret` or `certificate`',
    fallback: null,
    defaultText: 'none',
    description:
      "How the application proves who it is: by a client secret, a certificate, or the app's managed identity (federated credential).",
    example: 'certificate',
    schema: optional(z.enum(['managedIdentity', 'secret', 'certificate'])),
  }),
  oauthSecret: define({
    name: 'HVE_OAUTH_SECRET',
    expected: 'the name of a secret in Key Vault: up to 127 letters, digits and hyphens',
    fallback: null,
    defaultText: 'none',
    description:
      "The name in Key Vault of the application's client secret or certificate (PEM with its key); not with `managedIdentity`.",
    example: 'mail-application',
    schema: optional(z.string().regex(SECRET_NAME)),
    isConfidential: true,
  }),
  oauthAuthorityHost: define({
    name: 'HVE_OAUTH_AUTHORITY_HOST',
    expected: 'an https address without a path',
    fallback: null,
    defaultText: '`https://login.microsoftonline.com`',
    description: "Where the tokens come from: the local stack's stand-in for Entra ID.",
    example: 'https://127.0.0.1:8445',
    schema: optional(parsed(parseOrigin)),
    isConfidential: true,
    isDevelopmentOnly: true,
  }),
  apiAuth: define<'keys' | 'entra'>({
    name: 'HVE_API_AUTH',
    expected: '`keys` or `entra`',
    fallback: 'keys',
    defaultText: '`keys`',
    description:
      'Who may call the HTTP API: `keys`, who has a key of the function app; `entra`, who has a role in Entra ID. The deployment sets it together with the sign-in that `entra` needs (docs/deploy.md); without that sign-in every call is refused.',
    example: 'entra',
    schema: z.enum(['keys', 'entra']),
  }),
  apiUri: define({
    name: 'HVE_API_URI',
    expected: 'the https address of the API as its callers know it, with the path that stands for /api',
    fallback: null,
    defaultText: 'the address that was called',
    description:
      'Where API Management or a front door stands before the API: what `Location` and `Operation-Location` begin with. `X-Forwarded-Host` is never followed, since anybody can send it.',
    example: 'https://api.contoso.com/mail',
    schema: optional(parsed(parseBaseUri)),
  }),
  redirectTo: define({
    name: 'HVE_REDIRECT_TO',
    expected: 'one e-mail address',
    fallback: null,
    defaultText: 'none',
    description:
      'For test environments: every recipient is replaced by this address, the real ones stand in the header `X-Original-To`.',
    example: 'test-mail@contoso.com',
    schema: optional(parsed(parseMailAddress)),
  }),
  expiresAfter: define({
    name: 'HVE_EXPIRES_AFTER',
    expected: 'an ISO 8601 duration such as P2D or PT12H',
    fallback: null,
    defaultText: 'never',
    description: 'When a message that says nothing about it expires, counted from its acceptance.',
    example: 'P2D',
    schema: optional(parsed(parsePositiveDuration)),
  }),
  reserveCriticalPercent: define({
    name: 'HVE_RESERVE_CRITICAL_PERCENT',
    expected: 'a whole number from 0 to 99',
    fallback: 0,
    defaultText: '0',
    description: "The last part of a day's quota that only messages of priority `critical` may use.",
    example: '5',
    schema: wholeNumber(0, 99),
  }),
  bulkPercent: define({
    name: 'HVE_BULK_PERCENT',
    expected: 'a whole number from 1 to 100',
    fallback: 100,
    defaultText: '100',
    description:
      "Messages of priority `bulk` may use a day's quota only up to this share of each limit, whoever used it; the rest is left to the others.",
    example: '80',
    schema: wholeNumber(1, 100),
  }),
  releasePerMinute: define({
    name: 'HVE_RELEASE_PER_MINUTE',
    expected: 'a whole number from 1 to 1000000',
    fallback: 3000,
    defaultText: '3000',
    description: 'At most so many recipients a minute go on from a waiting room.',
    example: '3000',
    schema: wholeNumber(1, 1_000_000),
  }),
  reportRecipients: define({
    name: 'HVE_REPORT_RECIPIENTS',
    expected: 'e-mail addresses separated by commas',
    fallback: [],
    defaultText: 'nobody',
    description:
      "Who gets each closed day's report by mail, sent through High Volume Email like any message (docs/report.md).",
    example: 'mail-operators@contoso.com',
    schema: parsed((text) => parseList(text, parseMailAddress)),
  }),
  traceSamplePercent: define({
    name: 'HVE_TRACE_SAMPLE_PERCENT',
    expected: 'a number from 0 to 100',
    fallback: 1,
    defaultText: '1',
    description:
      'Of so many messages in a hundred the trace is kept though nothing went wrong; what fails is kept anyway. See docs/telemetry.md.',
    example: '5',
    schema: parsed(parsePercent),
  }),
  logDetails: define<boolean | null>({
    name: 'HVE_LOG_DETAILS',
    expected: '`on` or `off`',
    fallback: null,
    defaultText: '`off` where the log is exported to Application Insights, else `on`',
    description:
      'Log lines for each message that needs nobody: it was accepted, sent, tried again. They are most of what a log costs.',
    example: 'on',
    schema: optional(z.enum(['on', 'off']).transform((text) => text === 'on')),
  }),
  idempotencyDays: define({
    name: 'HVE_IDEMPOTENCY_DAYS',
    expected: 'a whole number of days from 1, at most HVE_RETENTION_ROW_DAYS',
    fallback: 7,
    defaultText: '7',
    description: 'How long an idempotency key is remembered.',
    example: '7',
    schema: wholeNumber(1, MAX_DAYS),
  }),
  retentionPayloadDays: define({
    name: 'HVE_RETENTION_PAYLOAD_DAYS',
    expected: 'a whole number of days from 1, at most HVE_RETENTION_ROW_DAYS',
    fallback: 7,
    defaultText: '7',
    description:
      'How long the content of a message is kept after its final status; it goes within hours then.',
    example: '7',
    schema: wholeNumber(1, MAX_DAYS),
  }),
  retentionRowDays: define({
    name: 'HVE_RETENTION_ROW_DAYS',
    expected: 'a whole number of days from 1',
    fallback: 30,
    defaultText: '30',
    description:
      'How long the record of a message, its addresses included, is kept after its final status, and until its day is closed.',
    example: '30',
    schema: wholeNumber(1, MAX_DAYS),
  }),
  retentionCountDays: define({
    name: 'HVE_RETENTION_COUNT_DAYS',
    expected: 'a whole number of days from 1',
    fallback: 400,
    defaultText: '400',
    description:
      'How long the daily counts are kept, 15 days at the least; they hold no addresses of recipients.',
    example: '400',
    schema: wholeNumber(1, MAX_DAYS),
  }),
  storage: define({
    name: 'HVE_STORAGE',
    expected: 'the connection string of a storage account',
    fallback: null,
    defaultText: 'required, or the five below',
    description: 'The storage account, by a connection string: locally.',
    example: 'UseDevelopmentStorage=true',
    schema: optional(parsed(parseConnectionString)),
    isConfidential: true,
  }),
  storageQueueServiceUri: define({
    name: 'HVE_STORAGE__queueServiceUri',
    expected: 'the https address of a queue service',
    fallback: null,
    defaultText: 'none',
    description: 'The storage account by identity: in Azure.',
    example: 'https://contosomail.queue.core.windows.net',
    schema: optional(parsed(parseOrigin)),
    isConfidential: true,
  }),
  storageBlobServiceUri: define({
    name: 'HVE_STORAGE__blobServiceUri',
    expected: 'the https address of a blob service',
    fallback: null,
    defaultText: 'none',
    description: 'Likewise.',
    example: 'https://contosomail.blob.core.windows.net',
    schema: optional(parsed(parseOrigin)),
    isConfidential: true,
  }),
  storageTableServiceUri: define({
    name: 'HVE_STORAGE__tableServiceUri',
    expected: 'the https address of a table service',
    fallback: null,
    defaultText: 'none',
    description: 'Likewise.',
    example: 'https://contosomail.table.core.windows.net',
    schema: optional(parsed(parseOrigin)),
    isConfidential: true,
  }),
  storageCredential: define({
    name: 'HVE_STORAGE__credential',
    expected: '`managedidentity`',
    fallback: null,
    defaultText: 'none',
    description: 'Likewise.',
    example: 'managedidentity',
    schema: optional(
      z
        .string()
        .transform((text) => text.toLowerCase())
        .pipe(z.literal('managedidentity')),
    ),
  }),
  storageClientId: define({
    name: 'HVE_STORAGE__clientId',
    expected: 'a GUID',
    fallback: null,
    defaultText: 'none',
    description: 'The client id of the user-assigned managed identity.',
    example: '33333333-4444-5555-6666-777777777777',
    schema: optional(guid),
  }),
  tablePrefix: define({
    name: 'HVE_TABLE_PREFIX',
    expected: 'up to 40 letters and digits, a letter first',
    fallback: '',
    defaultText: 'none',
    description: "What the tables' names begin with, where other tables in the account have the same names.",
    example: 'mailer',
    schema: z.string().regex(TABLE_PREFIX),
  }),
  localClockOffset: define({
    name: 'HVE_LOCAL_CLOCK_OFFSET',
    expected: 'an ISO 8601 duration such as P1D or -PT2H',
    fallback: 0,
    defaultText: 'none',
    description: "By how much the local stack's clock is ahead.",
    example: 'P1D',
    schema: parsed(parseDurationMs),
    isDevelopmentOnly: true,
  }),
  localTimeScale: define({
    name: 'HVE_LOCAL_TIME_SCALE',
    expected: 'a number above 0',
    fallback: 1,
    defaultText: '1',
    description: 'By what all durations are divided, so that a test of hours takes minutes.',
    example: '60',
    schema: parsed(parseTimeScale),
    isDevelopmentOnly: true,
  }),
};
