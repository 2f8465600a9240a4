import { expect, it } from 'vitest';
import { parseTelemetrySettings } from '../../../shared/core/telemetrySettings.ts';

const CONNECTION = 'InstrumentationKey=00000000-0000-4000-8000-000000000000';

it('exports nothing, and says everything on the console, where nothing is set', () => {
  expect(parseTelemetrySettings({})).toEqual({
    destination: null,
    samplePercent: 1,
    logDetails: true,
    toConsole: true,
    accounts: [],
  });
});

it('leaves the details out and the console to the host, where the log is exported from Azure', () => {
  const settings = parseTelemetrySettings({
    APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING:
      'ClientId=33333333-4444-5555-6666-777777777777;Authorization=AAD',
    WEBSITE_SITE_NAME: 'func-hve-abc',
    WEBSITE_INSTANCE_ID: 'a'.repeat(64),
  });
  expect(settings).toMatchObject({
    destination: {
      connectionString: CONNECTION,
      identity: { clientId: '33333333-4444-5555-6666-777777777777' },
      appName: 'func-hve-abc',
      instanceId: 'a'.repeat(12),
    },
    logDetails: false,
    toConsole: false,
  });
});

it.each([
  ['', null],
  ['Authorization=AAD', { clientId: null }],
  ['authorization=aad;clientid=x', { clientId: 'x' }],
  ['ClientId=x', null],
])('takes the authentication %o as the host does', (text, identity) => {
  const values = {
    APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text,
  };
  expect(parseTelemetrySettings(values).destination?.identity).toEqual(identity);
});

it('goes by the defaults where a setting is wrong, and still exports: somebody must say so', () => {
  const values = {
    APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION,
    HVE_TRACE_SAMPLE_PERCENT: '101',
    HVE_LOG_DETAILS: 'perhaps',
    HVE_ACCOUNTS: '[{"address":',
  };
  expect(parseTelemetrySettings(values)).toMatchObject({
    destination: { connectionString: CONNECTION, identity: null, appName: null },
    samplePercent: 1,
    logDetails: false,
    toConsole: true,
  });
});

it('knows the accounts, which may be named', () => {
  const values = {
    HVE_STORAGE: 'UseDevelopmentStorage=true',
    HVE_KEY_VAULT_URI: 'https://contoso-mail.vault.azure.net',
    HVE_INTERNAL_DOMAINS: 'contoso.com',
    HVE_ACCOUNTS: '[{"address":"hve@contoso.com","secret":"s"}]',
    HVE_TRACE_SAMPLE_PERCENT: '0.5',
    HVE_LOG_DETAILS: 'on',
  };
  expect(parseTelemetrySettings(values)).toMatchObject({
    accounts: ['hve@contoso.com'],
    samplePercent: 0.5,
    logDetails: true,
  });
});
