import { expect, test } from 'vitest';
import { appSettings, withLoopback } from '../../../local/stack/appSettings.ts';
import { readStackSettings } from '../../../local/stack/stackSettings.ts';
import { readSettings } from '../../../shared/config.ts';

const SERVERS = {
  storage: 'UseDevelopmentStorage=true',
  keyVaultUri: 'https://127.0.0.1:8443',
  identity: { IDENTITY_ENDPOINT: 'http://127.0.0.1:8444/msi/token', IDENTITY_HEADER: 'h' },
  smtp: { host: '127.0.0.1', port: 2587 },
  caFile: 'ca.pem',
};

test('the app finds a whole and right configuration without any setting of the user', () => {
  const settings = appSettings({ PATH: '/bin' }, SERVERS);
  expect(readSettings(settings)).toMatchObject({
    ok: true,
    warnings: [],
    settings: { smtp: { host: '127.0.0.1', port: 2587 }, internalDomains: ['contoso.com'] },
  });
  expect(settings).toMatchObject({
    PATH: '/bin',
    AzureWebJobsStorage: SERVERS.storage,
    IDENTITY_HEADER: 'h',
    NODE_EXTRA_CA_CERTS: 'ca.pem',
  });
});

test('every HVE_ setting of the environment goes on over the defaults, wrong and unknown ones too', () => {
  const env = {
    HVE_LIMIT_RECIPIENTS_PER_DAY: '100',
    HVE_WINDOW: 'weekly',
    HVE_TYPO: 'x',
    HVE_SMTP_PORT: '1',
  };
  expect(appSettings(env, SERVERS)).toMatchObject(env);
});

test('the stand-in for Entra ID is named only where OAuth is set up', () => {
  expect(appSettings({}, SERVERS)).not.toHaveProperty('HVE_OAUTH_AUTHORITY_HOST');
  const authorityHost = 'https://127.0.0.1:8445';
  expect(appSettings({}, { ...SERVERS, authorityHost })).toMatchObject({
    HVE_OAUTH_AUTHORITY_HOST: authorityHost,
  });
  const env = {
    HVE_ACCOUNTS: '[{"address":"hve@contoso.com","auth":"oauth"},{"address":"a@contoso.com","secret":"a"}]',
    HVE_OAUTH_TENANT_ID: '11111111-2222-3333-4444-555555555555',
    HVE_OAUTH_CLIENT_ID: '66666666-7777-8888-9999-000000000000',
    HVE_OAUTH_CREDENTIAL: 'managedIdentity',
  };
  const oauth = { clientId: env.HVE_OAUTH_CLIENT_ID, credential: 'managedIdentity' };
  expect(readStackSettings(env)).toMatchObject({ oauth, oauthAccounts: ['hve@contoso.com'] });
  expect(readStackSettings({})).toMatchObject({ oauth: null, oauthAccounts: [] });
});

test('a blank setting takes no default away', () => {
  expect(appSettings({ HVE_ACCOUNTS: ' ' }, SERVERS)['HVE_ACCOUNTS']).toContain('payroll@contoso.com');
});

test('a storage by identity is not mixed with the connection string', () => {
  const settings = appSettings({ HVE_STORAGE__clientId: 'x' }, SERVERS);
  expect(settings['HVE_STORAGE']).toBeUndefined();
  expect(settings['HVE_STORAGE__clientId']).toBe('x');
});

test('settings that would lead the SDKs elsewhere stay behind', () => {
  const foreign = {
    NODE_OPTIONS: '--inspect',
    IDENTITY_ENDPOINT: 'http://elsewhere',
    MSI_ENDPOINT: 'http://elsewhere',
    AZURE_CLIENT_ID: 'x',
    WEBSITE_SITE_NAME: 'x',
    AzureWebJobsStorage: 'x',
  };
  const settings = appSettings(foreign, SERVERS);
  expect(settings).not.toHaveProperty('NODE_OPTIONS');
  expect(settings).not.toHaveProperty('MSI_ENDPOINT');
  expect(settings).not.toHaveProperty('AZURE_CLIENT_ID');
  expect(settings).not.toHaveProperty('WEBSITE_SITE_NAME');
  expect(settings).toMatchObject({ AzureWebJobsStorage: SERVERS.storage, ...SERVERS.identity });
});

test("a company's proxy is not asked for this machine", () => {
  expect(withLoopback(undefined)).toBe('127.0.0.1,localhost,::1');
  expect(withLoopback('corp.example,localhost')).toBe('corp.example,localhost,127.0.0.1,::1');
});

test('the simulator goes by the settings of the app', () => {
  expect(readStackSettings({})).toMatchObject({
    accounts: [{ address: 'hve@contoso.com' }, { address: 'payroll@contoso.com' }],
    internalDomains: ['contoso.com'],
    externalAllowed: true,
    maxRecipients: 50,
    maxBytes: 10_000_000,
    clockOffsetMs: 0,
    timeScale: 1,
  });
  expect(
    readStackSettings({
      HVE_PROFILE: 'ga-2026',
      HVE_ACCOUNTS: '[{"address":"news@fabrikam.com","secret":"news"}]',
      HVE_INTERNAL_DOMAINS: 'fabrikam.com,*.fabrikam.com',
      HVE_LIMIT_RECIPIENTS_PER_MESSAGE: '10',
      HVE_LIMIT_MESSAGE_BYTES: 'none',
      HVE_LOCAL_CLOCK_OFFSET: 'P1D',
      HVE_LOCAL_TIME_SCALE: '60',
    }),
  ).toMatchObject({
    accounts: [{ address: 'news@fabrikam.com', secret: 'news' }],
    internalDomains: ['fabrikam.com', '*.fabrikam.com'],
    externalAllowed: false,
    maxRecipients: 10,
    maxBytes: null,
    clockOffsetMs: 86_400_000,
    timeScale: 60,
  });
});

test('broken settings are left to the app: the stack goes by the defaults and what it understands', () => {
  const env = {
    HVE_ACCOUNTS: '[{"address":"a@contoso.com","secret":"a"},{"address":"b"}]',
    HVE_PROFILE: 'ga-2027',
  };
  expect(readStackSettings(env)).toMatchObject({
    accounts: [{ address: 'a@contoso.com' }],
    maxRecipients: 50,
  });
  expect(readStackSettings({ HVE_ACCOUNTS: 'none' }).accounts).toHaveLength(2);
});

test.each([
  ['HVE_LOCAL_CLOCK_OFFSET', 'tomorrow'],
  ['HVE_LOCAL_TIME_SCALE', 'fast'],
])('%s that nobody understands ends the start, by name', (name, value) => {
  expect(() => readStackSettings({ [name]: value })).toThrow(new RegExp(`${name}.*"${value}"`));
});
