import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../shared/core/settings.ts';
import type { SettingProblem, Settings } from '../../../shared/core/settings.ts';

const ACCOUNT = { address: 'hve@contoso.com', secret: 'hve-contoso-com' };
const LEAST = {
  HVE_INTERNAL_DOMAINS: 'contoso.com',
  HVE_ACCOUNTS: JSON.stringify([ACCOUNT]),
  HVE_KEY_VAULT_URI: 'https://mail.vault.azure.net/',
  HVE_STORAGE: 'UseDevelopmentStorage=true',
};
const IDENTITY = {
  HVE_STORAGE__queueServiceUri: 'https://a.queue.core.windows.net/',
  HVE_STORAGE__blobServiceUri: 'https://a.blob.core.windows.net',
  HVE_STORAGE__tableServiceUri: 'https://a.table.core.windows.net/',
  HVE_STORAGE__credential: 'managedIdentity',
  HVE_STORAGE__clientId: '33333333-4444-5555-6666-777777777777',
};
const CONNECTION_STRING =
  'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net';

type Patch = Readonly<Record<string, string | undefined>>;

function settingsOf(patch: Patch): Settings {
  const result = parseSettings({ ...LEAST, ...patch });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.settings;
}

function problemsOf(patch: Patch): readonly SettingProblem[] {
  const result = parseSettings({ ...LEAST, ...patch });
  return result.ok ? [] : result.problems;
}

describe('parseSettings', () => {
  it('fills in every default', () => {
    expect(settingsOf({ PATH: '/usr/bin', OTHER_HVE_: 'x' })).toEqual({
      profile: 'preview-2024',
      limits: {
        recipientsPerDay: 100_000,
        externalPerDay: 2000,
        recipientsPerMessage: 50,
        accounts: 20,
        messageBytes: 10_000_000,
        pricePerMillionUsd: 0,
      },
      window: { kind: 'calendar', timeZone: 'UTC' },
      internalDomains: ['contoso.com'],
      accounts: [{ ...ACCOUNT, displayName: null, auth: 'password', pool: null, quotaPerDay: null }],
      keyVaultUri: 'https://mail.vault.azure.net',
      smtp: {
        host: 'smtp-hve.office365.com',
        port: 587,
        caFile: null,
        ehloName: '[127.0.0.1]',
        connectionsPerAccount: 3,
        transport: 'plain',
        window: 2,
      },
      oauth: null,
      apiAuth: 'keys',
      apiUri: null,
      redirectTo: null,
      expiresAfterMs: null,
      reserveCriticalPercent: 0,
      bulkPercent: 100,
      releasePerMinute: 3000,
      reportRecipients: [],
      publicUrl: null,
      idempotencyDays: 7,
      retention: { payloadDays: 7, rowDays: 30, countDays: 400 },
      storage: { kind: 'connectionString', value: 'UseDevelopmentStorage=true' },
      tablePrefix: '',
      timeScale: 1,
      clockOffsetMs: 0,
    });
  });

  it('reads every setting', () => {
    expect(
      settingsOf({
        HVE_PROFILE: 'ga-2026',
        HVE_LIMIT_RECIPIENTS_PER_DAY: '90000',
        HVE_LIMIT_EXTERNAL_PER_DAY: 'none',
        HVE_LIMIT_RECIPIENTS_PER_MESSAGE: '10',
        HVE_LIMIT_ACCOUNTS: '2',
        HVE_LIMIT_MESSAGE_BYTES: 'none',
        HVE_WINDOW: 'rolling',
        HVE_TIME_ZONE: 'Europe/Berlin',
        HVE_INTERNAL_DOMAINS: ' Contoso.com , *.bücher.example,',
        HVE_ACCOUNTS: JSON.stringify([
          {
            address: 'HVE@Contoso.com',
            secret: 'a',
            displayName: 'Contoso',
            auth: 'password',
            quotaPerDay: 500,
          },
          { address: 'payroll@contoso.com', secret: 'b', pool: null },
        ]),
        HVE_SMTP_HOST: '127.0.0.1',
        HVE_SMTP_PORT: '2587',
        HVE_SMTP_CA_FILE: '.local/ca.pem',
        HVE_EHLO_NAME: 'mailer.contoso.com',
        HVE_CONNECTIONS_PER_ACCOUNT: '5',
        HVE_SMTP_TRANSPORT: 'fast',
        HVE_SMTP_WINDOW: '8',
        HVE_OAUTH_TENANT_ID: '11111111-2222-3333-4444-555555555555',
        HVE_OAUTH_CLIENT_ID: '66666666-7777-8888-9999-000000000000',
        HVE_OAUTH_CREDENTIAL: 'certificate',
        HVE_OAUTH_SECRET: 'mail-application',
        HVE_OAUTH_AUTHORITY_HOST: 'https://127.0.0.1:8445/',
        HVE_API_AUTH: 'entra',
        HVE_API_URI: 'https://API.contoso.com/mail/',
        HVE_REDIRECT_TO: 'Test@contoso.com',
        HVE_EXPIRES_AFTER: 'P2D',
        HVE_RESERVE_CRITICAL_PERCENT: '5',
        HVE_BULK_PERCENT: '80',
        HVE_RELEASE_PER_MINUTE: '100',
        HVE_REPORT_RECIPIENTS: 'a@contoso.com, b@contoso.com',
        HVE_IDEMPOTENCY_DAYS: '3',
        HVE_RETENTION_PAYLOAD_DAYS: '1',
        HVE_RETENTION_ROW_DAYS: '10',
        HVE_RETENTION_COUNT_DAYS: '500',
        HVE_STORAGE: CONNECTION_STRING,
        HVE_TABLE_PREFIX: 'mailer',
        HVE_LOCAL_CLOCK_OFFSET: '-PT2H',
        HVE_LOCAL_TIME_SCALE: '2.5',
      }),
    ).toEqual({
      profile: 'ga-2026',
      limits: {
        recipientsPerDay: 90_000,
        externalPerDay: null,
        recipientsPerMessage: 10,
        accounts: 2,
        messageBytes: null,
        pricePerMillionUsd: 42,
      },
      window: { kind: 'rolling', timeZone: 'Europe/Berlin' },
      internalDomains: ['contoso.com', '*.xn--bcher-kva.example'],
      accounts: [
        {
          address: 'hve@contoso.com',
          secret: 'a',
          displayName: 'Contoso',
          auth: 'password',
          pool: null,
          quotaPerDay: 500,
        },
        {
          address: 'payroll@contoso.com',
          secret: 'b',
          displayName: null,
          auth: 'password',
          pool: null,
          quotaPerDay: null,
        },
      ],
      keyVaultUri: 'https://mail.vault.azure.net',
      smtp: {
        host: '127.0.0.1',
        port: 2587,
        caFile: '.local/ca.pem',
        ehloName: 'mailer.contoso.com',
        connectionsPerAccount: 5,
        transport: 'fast',
        window: 8,
      },
      oauth: {
        tenantId: '11111111-2222-3333-4444-555555555555',
        clientId: '66666666-7777-8888-9999-000000000000',
        credential: 'certificate',
        secret: 'mail-application',
        authorityHost: 'https://127.0.0.1:8445',
      },
      apiAuth: 'entra',
      apiUri: 'https://api.contoso.com/mail',
      redirectTo: 'test@contoso.com',
      expiresAfterMs: 172_800_000,
      reserveCriticalPercent: 5,
      bulkPercent: 80,
      releasePerMinute: 100,
      reportRecipients: ['a@contoso.com', 'b@contoso.com'],
      publicUrl: null,
      idempotencyDays: 3,
      retention: { payloadDays: 1, rowDays: 10, countDays: 500 },
      storage: { kind: 'connectionString', value: CONNECTION_STRING },
      tablePrefix: 'mailer',
      timeScale: 2.5,
      clockOffsetMs: -7_200_000,
    });
  });

  it("takes the profile's server and each of its limits that no setting changes", () => {
    const { limits, smtp } = settingsOf({ HVE_PROFILE: 'ga-2026', HVE_LIMIT_RECIPIENTS_PER_DAY: '0' });
    expect(limits).toMatchObject({ recipientsPerDay: 0, externalPerDay: 0, accounts: 100 });
    expect(smtp.host).toBe('smtp.hve.mx.microsoft');
  });

  it('takes a blank value for none', () => {
    expect(settingsOf({ HVE_PROFILE: ' ', HVE_SMTP_PORT: '', HVE_REDIRECT_TO: '' })).toEqual(settingsOf({}));
  });

  it('connects to Storage by identity in Azure', () => {
    const patch = { HVE_STORAGE: undefined, ...IDENTITY, WEBSITE_SITE_NAME: 'mailer' };
    expect(settingsOf(patch).storage).toEqual({
      kind: 'identity',
      queueServiceUri: 'https://a.queue.core.windows.net',
      blobServiceUri: 'https://a.blob.core.windows.net',
      tableServiceUri: 'https://a.table.core.windows.net',
      clientId: '33333333-4444-5555-6666-777777777777',
    });
  });

  it.each([
    'UseDevelopmentStorage=true',
    CONNECTION_STRING,
    'BlobEndpoint=https://a;SharedAccessSignature=sv=1',
  ])('takes the connection string %s', (value) => {
    expect(settingsOf({ HVE_STORAGE: value }).storage).toEqual({ kind: 'connectionString', value });
  });

  it.each([
    ['HVE_PROFILE', 'preview'],
    ['HVE_LIMIT_RECIPIENTS_PER_DAY', '-1'],
    ['HVE_LIMIT_RECIPIENTS_PER_DAY', '100,000'],
    ['HVE_LIMIT_EXTERNAL_PER_DAY', 'unlimited'],
    ['HVE_LIMIT_RECIPIENTS_PER_MESSAGE', '0'],
    ['HVE_LIMIT_RECIPIENTS_PER_MESSAGE', '501'],
    ['HVE_LIMIT_ACCOUNTS', '0'],
    ['HVE_LIMIT_MESSAGE_BYTES', '10MB'],
    ['HVE_WINDOW', 'sliding'],
    ['HVE_TIME_ZONE', 'Berlin'],
    ['HVE_TIME_ZONE', '+01:00'],
    ['HVE_INTERNAL_DOMAINS', 'contoso'],
    ['HVE_INTERNAL_DOMAINS', 'contoso.com,@contoso.com'],
    ['HVE_INTERNAL_DOMAINS', ','],
    ['HVE_KEY_VAULT_URI', 'http://mail.vault.azure.net'],
    ['HVE_KEY_VAULT_URI', 'https://mail.vault.azure.net/secrets/a'],
    ['HVE_KEY_VAULT_URI', 'mail'],
    ['HVE_SMTP_HOST', 'smtp://a'],
    ['HVE_SMTP_PORT', '0'],
    ['HVE_SMTP_PORT', '65536'],
    ['HVE_EHLO_NAME', 'a_b'],
    ['HVE_EHLO_NAME', 'a\r\nQUIT'],
    ['HVE_CONNECTIONS_PER_ACCOUNT', '0'],
    ['HVE_SMTP_TRANSPORT', 'nodemailer'],
    ['HVE_SMTP_WINDOW', '0'],
    ['HVE_SMTP_WINDOW', '9'],
    ['HVE_API_AUTH', 'Entra'],
    ['HVE_API_URI', 'http://api.contoso.com'],
    ['HVE_API_URI', 'https://api.contoso.com/?a=b'],
    ['HVE_REDIRECT_TO', 'a@b.co,c@d.co'],
    ['HVE_EXPIRES_AFTER', '2 days'],
    ['HVE_EXPIRES_AFTER', '-P1D'],
    ['HVE_RESERVE_CRITICAL_PERCENT', '100'],
    ['HVE_BULK_PERCENT', '0'],
    ['HVE_BULK_PERCENT', '101'],
    ['HVE_BULK_PERCENT', '80%'],
    ['HVE_RELEASE_PER_MINUTE', '0'],
    ['HVE_REPORT_RECIPIENTS', 'nobody'],
    ['HVE_RETENTION_PAYLOAD_DAYS', '0'],
    ['HVE_RETENTION_ROW_DAYS', '1.5'],
    ['HVE_STORAGE', 'DefaultEndpointsProtocol=https'],
    ['HVE_TABLE_PREFIX', 'a-b'],
    ['HVE_TABLE_PREFIX', '1a'],
    ['HVE_LOCAL_CLOCK_OFFSET', '1 day'],
    ['HVE_LOCAL_TIME_SCALE', '0'],
    ['HVE_LOCAL_TIME_SCALE', '-2'],
  ])('refuses %s = %j', (setting, value) => {
    const problems = problemsOf({ [setting]: value });
    expect(problems.map((problem) => problem.setting)).toEqual([setting]);
    expect(problems[0]?.expected).not.toBe('');
  });

  it('says what was expected and what came', () => {
    expect(problemsOf({ HVE_SMTP_PORT: 'smtp' })).toEqual([
      { setting: 'HVE_SMTP_PORT', expected: 'a whole number from 1 to 65535', got: '"smtp"' },
    ]);
  });

  it('names everything that is wrong at once', () => {
    const problems = problemsOf({
      HVE_INTERNAL_DOMAINS: undefined,
      HVE_ACCOUNTS: '[{"address":"hve","secret":"a b"},{}]',
      HVE_KEY_VAULT_URI: undefined,
      HVE_STORAGE: undefined,
      HVE_SMTP_PORT: 'a',
      HVE_PROFLE: 'ga-2026',
      HVE_OAUTH_CREDENTIAL: 'secret',
    });
    expect(problems.map((problem) => problem.setting).toSorted()).toEqual(
      [
        'HVE_INTERNAL_DOMAINS',
        'HVE_ACCOUNTS[0].address',
        'HVE_ACCOUNTS[0].secret',
        'HVE_ACCOUNTS[1].address',
        'HVE_ACCOUNTS[1].secret',
        'HVE_KEY_VAULT_URI',
        'HVE_STORAGE',
        'HVE_SMTP_PORT',
        'HVE_PROFLE',
        'HVE_OAUTH_TENANT_ID',
        'HVE_OAUTH_CLIENT_ID',
        'HVE_OAUTH_SECRET',
      ].toSorted(),
    );
  });

  describe('with an account that logs in by OAuth', () => {
    const OAUTH = {
      HVE_ACCOUNTS: JSON.stringify([{ address: 'hve@contoso.com', auth: 'oauth' }]),
      HVE_OAUTH_TENANT_ID: '11111111-2222-3333-4444-555555555555',
      HVE_OAUTH_CLIENT_ID: '66666666-7777-8888-9999-000000000000',
    };

    it.each(['secret', 'certificate'])('takes a %s, by its name in Key Vault', (credential) => {
      const settings = settingsOf({ ...OAUTH, HVE_OAUTH_CREDENTIAL: credential, HVE_OAUTH_SECRET: 'mailer' });
      expect(settings.oauth).toMatchObject({ credential, secret: 'mailer', authorityHost: null });
    });

    it('takes the managed identity, without a secret', () => {
      const { oauth } = settingsOf({ ...OAUTH, HVE_OAUTH_CREDENTIAL: 'managedIdentity' });
      expect(oauth).toMatchObject({ credential: 'managedIdentity', secret: null });
    });

    it('says what is missing, and why it is needed', () => {
      const { HVE_ACCOUNTS } = OAUTH;
      const problems = problemsOf({ HVE_ACCOUNTS });
      expect(problems.map(({ setting, got }) => [setting, got])).toEqual([
        ['HVE_OAUTH_TENANT_ID', 'nothing'],
        ['HVE_OAUTH_CLIENT_ID', 'nothing'],
        ['HVE_OAUTH_CREDENTIAL', 'nothing'],
      ]);
      expect(problems[0]?.expected).toBe('a GUID, since an account of HVE_ACCOUNTS logs in by OAuth');
      expect(problemsOf({ ...OAUTH, HVE_OAUTH_CREDENTIAL: 'secret' })).toMatchObject([
        { setting: 'HVE_OAUTH_SECRET', got: 'nothing' },
      ]);
    });

    it('refuses a secret beside the managed identity', () => {
      const settings = { ...OAUTH, HVE_OAUTH_CREDENTIAL: 'managedIdentity', HVE_OAUTH_SECRET: 'mailer' };
      expect(problemsOf(settings)).toEqual([
        {
          setting: 'HVE_OAUTH_SECRET',
          expected: 'no value, since with HVE_OAUTH_CREDENTIAL managedIdentity the application has no secret',
          got: 'a value',
        },
      ]);
    });

    it("refuses the client id of the app's identity in the place of the application's", () => {
      const settings = {
        ...OAUTH,
        ...IDENTITY,
        HVE_STORAGE: undefined,
        HVE_OAUTH_CLIENT_ID: IDENTITY.HVE_STORAGE__clientId,
        HVE_OAUTH_CREDENTIAL: 'managedIdentity',
      };
      expect(problemsOf(settings)).toMatchObject([
        { setting: 'HVE_OAUTH_CLIENT_ID', got: IDENTITY.HVE_STORAGE__clientId },
      ]);
    });
  });

  it('takes a misspelt name for a mistake, not for nothing', () => {
    expect(problemsOf({ HVE_PROFLE: 'a', hve_smtp_port: '25', HVE_SOMETHING_ELSE: '' })).toEqual([
      {
        setting: 'HVE_PROFLE',
        expected: 'the name of a setting; did you mean HVE_PROFILE?',
        got: 'an unknown name',
      },
      {
        setting: 'hve_smtp_port',
        expected: 'the name of a setting; did you mean HVE_SMTP_PORT?',
        got: 'an unknown name',
      },
      {
        setting: 'HVE_SOMETHING_ELSE',
        expected: 'the name of a setting; see docs/configuration.md',
        got: 'an unknown name',
      },
    ]);
  });

  it('prints no value of what is, or may be, a secret', () => {
    const problems = problemsOf({
      HVE_STORAGE: 'AccountName=a;AccountKay=TopSecret',
      HVE_STORAGE__queueServiceUri: 'https://a.queue.core.windows.net/?sig=TopSecret',
      HVE_KEY_VAULT_URI: 'https://user:TopSecret@vault',
      HVE_OAUTH_SECRET: 'TopSecret~',
      HVE_ACCOUNTS: '[{"address":"hve@contoso.com","secret":"TopSecret!","password":"TopSecret"}]',
      HVE_PASWORD: 'TopSecret',
    });
    expect(problems.length).toBeGreaterThan(6);
    expect(JSON.stringify(problems)).not.toContain('TopSecret');
  });

  it.each(['WEBSITE_SITE_NAME', 'WEBSITE_INSTANCE_ID'])(
    'refuses in Azure what is for development only (%s)',
    (mark) => {
      const development = {
        HVE_SMTP_CA_FILE: 'ca.pem',
        HVE_LOCAL_TIME_SCALE: '10',
        HVE_LOCAL_CLOCK_OFFSET: 'P1D',
        HVE_OAUTH_AUTHORITY_HOST: 'https://127.0.0.1:8445',
      };
      expect(problemsOf(development)).toEqual([]);
      expect(problemsOf({ ...development, [mark]: 'mailer' }).map((problem) => problem.setting)).toEqual(
        Object.keys(development),
      );
    },
  );

  it('wants one way to Storage, and that whole', () => {
    expect(problemsOf(IDENTITY)).toMatchObject([{ setting: 'HVE_STORAGE', got: 'both' }]);
    expect(problemsOf({ HVE_STORAGE: undefined })).toMatchObject([
      { setting: 'HVE_STORAGE', got: 'nothing' },
    ]);
    const partial = { ...IDENTITY, HVE_STORAGE: undefined, HVE_STORAGE__clientId: undefined };
    expect(problemsOf(partial)).toMatchObject([{ setting: 'HVE_STORAGE__clientId', got: 'nothing' }]);
  });

  it('wants no payload and no key to outlive its row', () => {
    const patch = { HVE_RETENTION_ROW_DAYS: '5', HVE_RETENTION_PAYLOAD_DAYS: '6' };
    expect(problemsOf(patch).map((problem) => problem.setting)).toEqual([
      'HVE_RETENTION_PAYLOAD_DAYS',
      'HVE_IDEMPOTENCY_DAYS',
    ]);
    expect(problemsOf({ ...patch, HVE_RETENTION_ROW_DAYS: 'five' })).toMatchObject([
      { setting: 'HVE_RETENTION_ROW_DAYS' },
    ]);
  });

  it('holds the number of accounts to the limit', () => {
    const accounts = Array.from({ length: 21 }, (_, index) => ({
      address: `hve${index}@contoso.com`,
      secret: 'a',
    }));
    const patch = { HVE_ACCOUNTS: JSON.stringify(accounts) };
    expect(problemsOf(patch)).toMatchObject([{ setting: 'HVE_ACCOUNTS', got: '21' }]);
    expect(problemsOf({ ...patch, HVE_LIMIT_ACCOUNTS: '21' })).toEqual([]);
    expect(problemsOf({ ...patch, HVE_PROFILE: 'ga-2026' })).toEqual([]);
  });

  it('warns of an account outside the internal domains', () => {
    const result = parseSettings({ ...LEAST, HVE_INTERNAL_DOMAINS: '*.contoso.com' });
    expect(result).toMatchObject({
      ok: true,
      warnings: [{ setting: 'HVE_ACCOUNTS', got: 'hve@contoso.com' }],
    });
    expect(parseSettings(LEAST)).toMatchObject({ ok: true, warnings: [] });
  });

  it('warns of a recipient of the report who would be refused, and of none where external ones are allowed', () => {
    const reader = { HVE_REPORT_RECIPIENTS: 'in@contoso.com,out@example.org' };
    expect(parseSettings({ ...LEAST, ...reader })).toMatchObject({ ok: true, warnings: [] });
    for (const refusing of [{ HVE_PROFILE: 'ga-2026' }, { HVE_LIMIT_EXTERNAL_PER_DAY: '0' }]) {
      expect(parseSettings({ ...LEAST, ...reader, ...refusing })).toMatchObject({
        ok: true,
        warnings: [{ setting: 'HVE_REPORT_RECIPIENTS', got: 'out@example.org' }],
      });
    }
  });

  it.each([
    ['mailer.azurewebsites.net', 'https://mailer.azurewebsites.net'],
    [
      'mailer-abc123.westeurope-01.azurewebsites.net',
      'https://mailer-abc123.westeurope-01.azurewebsites.net',
    ],
    ['localhost:7071', 'http://localhost:7071'],
    ['127.0.0.1:41234', 'http://127.0.0.1:41234'],
    ['', null],
    ['mailer', null],
    ['a.b/"><script>', null],
    ['a.b@c.d', null],
  ])('knows by the host name %s that the app is at %s', (WEBSITE_HOSTNAME, expected) => {
    expect(settingsOf({ WEBSITE_HOSTNAME }).publicUrl).toBe(expected);
  });
});
