import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CONTAINERS, QUEUES, TABLES } from '../../shared/core/storageNames.ts';
import { isToolMissing } from '../tools.ts';
import { infraFolder, listBicepFiles, predictResources, type PredictedResource } from './bicep.ts';

const environment = {
  AZURE_ENV_NAME: 'prod',
  AZURE_LOCATION: 'westeurope',
  HVE_INTERNAL_DOMAINS: 'contoso.com',
  HVE_ACCOUNTS: '[{"address":"hve@contoso.com","secret":"hve-contoso-com"}]',
};
const deployer = '33333333-3333-3333-3333-333333333333';

/** The same with every choice taken the other way; one deployment for all, since each takes the compiler two seconds. */
const otherChoices = {
  ...environment,
  AZURE_PRINCIPAL_ID: deployer,
  HVE_KEY_VAULT_PURGE_PROTECTION: 'true',
  HVE_PROFILE: 'ga-2026',
  HVE_ADDITIONAL_SETTINGS: '{"HVE_SMTP_PORT":"2587","HVE_REDIRECT_TO":"test@contoso.com"}',
};

/** Built-in roles of Azure, by id. */
const roleNames: Readonly<Record<string, string>> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
};

/** The compiler may have to be fetched the first time; a snapshot itself takes about two seconds. */
const firstUseTimeoutMs = 180_000;

describe.skipIf(isToolMissing('bicep'))('a deployment', () => {
  let resources: readonly PredictedResource[] = [];
  let otherwise: readonly PredictedResource[] = [];
  beforeAll(() => {
    resources = predictResources(environment);
    otherwise = predictResources(otherChoices);
  }, firstUseTimeoutMs);

  it('opens the storage account to identities only, over TLS 1.2, and shows no blob to the public', () => {
    expect(theOne(resources, 'Microsoft.Storage/storageAccounts').properties).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
    });
  });

  it('makes the queues, tables and containers that the code uses, by their names, and one for the package', () => {
    const service = 'Microsoft.Storage/storageAccounts';
    expect(lastNames(resources, `${service}/queueServices/queues`)).toEqual(sorted(Object.values(QUEUES)));
    expect(lastNames(resources, `${service}/tableServices/tables`)).toEqual(sorted(Object.values(TABLES)));
    const containers = sorted([...Object.values(CONTAINERS), 'app-package']);
    expect(lastNames(resources, `${service}/blobServices/containers`)).toEqual(containers);
  });

  it('makes no container public', () => {
    const containers = ofType(resources, 'Microsoft.Storage/storageAccounts/blobServices/containers');
    expect(containers.map((container) => container.properties['publicAccess'])).toEqual([
      'None',
      'None',
      'None',
    ]);
  });

  it('guards the vault by roles, keeps what was deleted, and purge protection is a choice', () => {
    const vault = theOne(resources, 'Microsoft.KeyVault/vaults').properties;
    expect(vault).toMatchObject({ enableRbacAuthorization: true, enableSoftDelete: true });
    expect(vault['enablePurgeProtection'] ?? null).toBeNull();
    expect(theOne(otherwise, 'Microsoft.KeyVault/vaults').properties).toMatchObject({
      enablePurgeProtection: true,
    });
  });

  it('runs the app on Node 24 over HTTPS only, with its package read by identity', () => {
    const site = theOne(resources, 'Microsoft.Web/sites');
    expect(site.properties).toMatchObject({
      httpsOnly: true,
      functionAppConfig: {
        runtime: { name: 'node', version: '24' },
        deployment: { storage: { type: 'blobContainer', authentication: { type: 'UserAssignedIdentity' } } },
      },
      siteConfig: { ftpsState: 'Disabled', minTlsVersion: '1.2' },
    });
    expect(site.identity).toMatchObject({ type: 'UserAssigned' });
  });

  it('lets nobody publish with a password', () => {
    const policies = ofType(resources, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
    expect(policies.map((policy) => [lastName(policy), policy.properties['allow']])).toEqual([
      ['ftp', false],
      ['scm', false],
    ]);
  });

  it('takes telemetry from identities only', () => {
    expect(theOne(resources, 'Microsoft.Insights/components').properties).toMatchObject({
      DisableLocalAuth: true,
    });
  });

  it('gives the app these rights and no others, each on one resource', () => {
    expect(rightsIn(resources)).toEqual([
      'Key Vault Secrets User on Microsoft.KeyVault/vaults',
      'Monitoring Metrics Publisher on Microsoft.Insights/components',
      'Storage Blob Data Owner on Microsoft.Storage/storageAccounts',
      'Storage Queue Data Contributor on Microsoft.Storage/storageAccounts',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts',
    ]);
  });

  it('lets the deployer write secrets, whether a person or a pipeline', () => {
    const theirs = ofType(otherwise, 'Microsoft.Authorization/roleAssignments').filter(
      (assignment) => assignment.properties['principalId'] === deployer,
    );
    expect(rightsIn(theirs)).toEqual(['Key Vault Secrets Officer on Microsoft.KeyVault/vaults']);
    expect(theirs[0]?.properties).not.toHaveProperty('principalType');
  });

  it('connects to storage by identity, for the host and for the app, with no key in any setting', () => {
    const settings = appSettings(resources);
    for (const connection of ['AzureWebJobsStorage', 'HVE_STORAGE']) {
      const parts = ['queueServiceUri', 'tableServiceUri', 'blobServiceUri', 'credential', 'clientId'];
      for (const part of parts) expect(settings).toHaveProperty(`${connection}__${part}`);
      expect(settings).not.toHaveProperty(connection);
      expect(settings[`${connection}__credential`]).toBe('managedidentity');
    }
    expect(JSON.stringify(settings)).not.toMatch(/AccountKey|SharedAccessSignature|listKeys/i);
  });

  it('hands the settings on, and lets any further one win', () => {
    expect(appSettings(resources)).toMatchObject({
      HVE_PROFILE: 'preview-2024',
      HVE_INTERNAL_DOMAINS: 'contoso.com',
      HVE_ACCOUNTS: environment.HVE_ACCOUNTS,
      HVE_SMTP_HOST: 'smtp-hve.office365.com',
      HVE_SMTP_PORT: '587',
    });
    expect(appSettings(otherwise)).toMatchObject({
      HVE_PROFILE: 'ga-2026',
      HVE_SMTP_PORT: '2587',
      HVE_REDIRECT_TO: 'test@contoso.com',
    });
  });

  it('takes the endpoint of the profile', () => {
    expect(appSettings(otherwise)['HVE_SMTP_HOST']).toBe('smtp.hve.mx.microsoft');
  });

  it.each(['FUNCTIONS_WORKER_RUNTIME', 'WEBSITE_RUN_FROM_PACKAGE', 'SCM_DO_BUILD_DURING_DEPLOYMENT'])(
    'does not set %s, which Flex Consumption refuses',
    (name) => {
      expect(appSettings(resources)).not.toHaveProperty(name);
    },
  );

  it.each([
    ['HVE_INTERNAL_DOMAINS', ''],
    ['HVE_ACCOUNTS', '[]'],
  ])('stops without %s and says how to set it', (name, nothing) => {
    expect(() => predictResources({ ...environment, [name]: nothing })).toThrow(`azd env set ${name}`);
  });

  it('is found by azd at one resource only', () => {
    const tagged = resources.filter((resource) => resource.tags?.['azd-service-name'] !== undefined);
    expect(tagged.map((resource) => [resource.type, resource.tags?.['azd-service-name']])).toEqual([
      ['Microsoft.Web/sites', 'mailer'],
    ]);
    expect(readFileSync(join(infraFolder, '..', 'azure.yaml'), 'utf8')).toMatch(/^ {2}mailer:$/m);
  });

  it('makes nothing new the next time: no name or value depends on when it is deployed', () => {
    for (const file of listBicepFiles()) {
      expect(readFileSync(join(infraFolder, file), 'utf8')).not.toMatch(/\b(utcNow|newGuid)\(/);
    }
  });
});

function ofType(resources: readonly PredictedResource[], type: string): readonly PredictedResource[] {
  return resources.filter((resource) => resource.type === type);
}

function theOne(resources: readonly PredictedResource[], type: string): PredictedResource {
  const [first, ...others] = ofType(resources, type);
  if (first === undefined || others.length > 0)
    throw new Error(`expected one ${type}, got ${others.length + 1}`);
  return first;
}

function lastName(resource: PredictedResource): string {
  return resource.name.split('/').at(-1) ?? '';
}

function lastNames(resources: readonly PredictedResource[], type: string): readonly string[] {
  return sorted(ofType(resources, type).map(lastName));
}

function sorted(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => a.localeCompare(b));
}

function appSettings(resources: readonly PredictedResource[]): Readonly<Record<string, unknown>> {
  return theOne(resources, 'Microsoft.Web/sites/config').properties;
}

/** "role on type of resource", sorted. The scope is the part of the assignment's id before the assignment itself. */
function rightsIn(resources: readonly PredictedResource[]): readonly string[] {
  return ofType(resources, 'Microsoft.Authorization/roleAssignments')
    .map((assignment) => {
      const roleId = String(assignment.properties['roleDefinitionId']).split('/').at(-1) ?? '';
      const scope = /Microsoft\.(Storage\/storageAccounts|KeyVault\/vaults|Insights\/components)/.exec(
        assignment.id,
      );
      return `${roleNames[roleId] ?? roleId} on ${scope?.[0] ?? assignment.id}`;
    })
    .toSorted();
}
