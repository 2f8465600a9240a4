import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isToolMissing } from '../tools.ts';
import { FIRST_USE_TIMEOUT_MS, infraFolder, listBicepFiles, predict, runBicep } from './bicep.ts';
import { testAlerts } from './deployment/alerts.ts';
import { testNetwork } from './deployment/network.ts';
import { MINIMAL_ENVIRONMENT } from './deployment/predictions.ts';
import type { Predictions } from './deployment/predictions.ts';
import { testRights } from './deployment/rights.ts';
import { testSecurity } from './deployment/security.ts';
import { testSettings } from './deployment/settings.ts';

// Each evaluation compiles everything: seconds, and more than a minute where other tests have the machine.
describe.skipIf(isToolMissing('bicep'))('a deployment', { timeout: FIRST_USE_TIMEOUT_MS }, () => {
  let predictions: Predictions | null = null;
  const getPredictions = (): Predictions => {
    if (predictions === null) throw new Error('no snapshot was made');
    return predictions;
  };

  beforeAll(async () => {
    // The first one alone: it may fetch the compiler.
    const plain = await predict('main.bicepparam', MINIMAL_ENVIRONMENT);
    const [privateNetwork, entra] = await Promise.all([
      predict('parameters/privateNetwork.bicepparam'),
      predict('parameters/entra.bicepparam'),
    ]);
    predictions = { plain, privateNetwork, entra };
  }, FIRST_USE_TIMEOUT_MS);

  testSecurity(getPredictions);
  testRights(getPredictions);
  testSettings(getPredictions);
  testAlerts(getPredictions);
  testNetwork(getPredictions);

  it('tells the hooks which secret belongs to which account: those with a password only', () => {
    expect(getPredictions().privateNetwork.outputs).toMatchObject({
      MAILER_LOGINS: 'hve-contoso-com=hve@contoso.com,payroll-contoso-com=payroll@contoso.com',
    });
    expect(getPredictions().entra.outputs).toMatchObject({
      MAILER_LOGINS: '',
      MAILER_API_CLIENT_ID: '77777777-7777-7777-7777-777777777777',
    });
  });

  it.each([
    [{ HVE_INTERNAL_DOMAINS: '' }, 'azd env set HVE_INTERNAL_DOMAINS'],
    [{ HVE_ACCOUNTS: '' }, 'azd env set HVE_ACCOUNTS'],
    [
      { HVE_ACCOUNTS: '[{"address":"hve@contoso.com","auth":"oauth"}]', HVE_OAUTH_CREDENTIAL: 'secret' },
      'azd env set HVE_OAUTH_CLIENT_ID',
    ],
    [
      {
        HVE_ACCOUNTS: '[{"address":"hve@contoso.com","auth":"oauth"}]',
        HVE_OAUTH_TENANT_ID: '22222222-2222-2222-2222-222222222222',
        HVE_OAUTH_CLIENT_ID: '66666666-6666-6666-6666-666666666666',
        HVE_OAUTH_CREDENTIAL: 'certificate',
      },
      'azd env set HVE_OAUTH_SECRET',
    ],
    [
      {
        HVE_ACCOUNTS:
          '[{"address":"hve@contoso.com","secret":"hve-contoso-com"},{"address":"payroll@contoso.com"}]',
      },
      'is not set: payroll@contoso.com',
    ],
    [{ HVE_PRIVATE_API: 'true' }, 'azd env set HVE_PRIVATE_NETWORK true'],
  ])('stops with %o and says what to set', async (wrong, remedy) => {
    await expect(predict('main.bicepparam', { ...MINIMAL_ENVIRONMENT, ...wrong })).rejects.toThrow(remedy);
  });

  it('takes every parameter from the environment', async () => {
    const { resources } = await predict('main.bicepparam', {
      ...MINIMAL_ENVIRONMENT,
      HVE_ACCOUNTS: '[{"address":"hve@contoso.com","auth":"oauth"}]',
      HVE_OAUTH_TENANT_ID: '22222222-2222-2222-2222-222222222222',
      HVE_OAUTH_CLIENT_ID: '66666666-6666-6666-6666-666666666666',
      HVE_OAUTH_CREDENTIAL: 'certificate',
      HVE_OAUTH_SECRET: 'mail-application',
      HVE_TABLE_PREFIX: 'mailer',
      HVE_ADDITIONAL_SETTINGS: '{"HVE_SMTP_PORT":"2587"}',
      HVE_SMTP_PORT: '1587',
      HVE_API_CLIENT_ID: '77777777-7777-7777-7777-777777777777',
      HVE_API_ALLOWED_CLIENT_IDS:
        ' 88888888-8888-8888-8888-888888888888, ,99999999-9999-9999-9999-999999999999',
      HVE_PRODUCER_PRINCIPAL_IDS: '44444444-4444-4444-4444-444444444444',
      HVE_PRIVATE_NETWORK: 'true',
      HVE_ALERT_QUOTA_WARNING_PERCENT: '70',
      HVE_INSTANCE_MEMORY_MB: '512',
      HVE_RESOURCE_GROUP: 'rg-mail',
    });
    const text = JSON.stringify(resources);
    for (const part of [
      '"HVE_OAUTH_SECRET":"mail-application"',
      '"HVE_TABLE_PREFIX":"mailer"',
      '/default/mailermessages"',
      '"HVE_SMTP_PORT":"2587"',
      '"allowedApplications":["77777777-7777-7777-7777-777777777777","88888888-8888-8888-8888-888888888888","99999999-9999-9999-9999-999999999999"]',
      '"principalId":"44444444-4444-4444-4444-444444444444"',
      '"threshold":70',
      '"instanceMemoryMB":512',
      '/resourceGroups/rg-mail/',
      '"virtualNetworkSubnetId":"[',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('makes the app last: its storage, its rights and its network come before it', async () => {
    const { output } = await runBicep(['build', join(infraFolder, 'resources.bicep'), '--stdout']);
    const { resources } = JSON.parse(output) as { resources: Record<string, { dependsOn?: string[] }> };
    const before = (name: string): readonly string[] => resources[name]?.dependsOn ?? [];
    expect(before('functionApp')).toEqual(
      expect.arrayContaining(['identity', 'storage', 'keyVault', 'monitoring', 'rights', 'privateEndpoints']),
    );
    expect(before('rights')).toEqual(
      expect.arrayContaining(['identity', 'storage', 'keyVault', 'monitoring']),
    );
  });

  it('asks for a sign-in before it tells the app to trust one', async () => {
    const { output } = await runBicep([
      'build',
      join(infraFolder, 'modules', 'functionApp.bicep'),
      '--stdout',
    ]);
    const { resources } = JSON.parse(output) as { resources: Record<string, { dependsOn?: string[] }> };
    expect(resources['app::settings']?.dependsOn).toContain('authentication');
  });

  it('makes nothing new the next time: no name or value depends on when it is deployed', () => {
    for (const file of listBicepFiles()) {
      expect(readFileSync(join(infraFolder, file), 'utf8')).not.toMatch(/\b(utcNow|newGuid)\(/);
    }
  });
});
