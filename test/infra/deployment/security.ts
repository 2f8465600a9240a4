import { describe, expect, it } from 'vitest';
import { CONTAINERS, QUEUES, TABLES } from '../../../shared/core/storageNames.ts';
import { appSettings, lastName, lastNames, ofType, siteConfig, theOne } from './predictions.ts';
import type { GetPredictions } from './predictions.ts';

const STORAGE = 'Microsoft.Storage/storageAccounts';

export function testSecurity(predictions: GetPredictions): void {
  const each = ['plain', 'privateNetwork', 'entra'] as const;

  describe.each(each)('what a review asks for (%s)', (name) => {
    const prediction = () => predictions()[name];

    it('opens the storage account to identities only, over TLS 1.2, and shows no blob to the public', () => {
      expect(theOne(prediction(), STORAGE).properties).toMatchObject({
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
        allowCrossTenantReplication: false,
        isLocalUserEnabled: false,
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
      });
      for (const container of ofType(prediction(), `${STORAGE}/blobServices/containers`)) {
        expect(container.properties['publicAccess']).toBe('None');
      }
    });

    it('guards the vault by roles, keeps what was deleted, and notes every access', () => {
      expect(theOne(prediction(), 'Microsoft.KeyVault/vaults').properties).toMatchObject({
        enableRbacAuthorization: true,
        enableSoftDelete: true,
      });
      expect(theOne(prediction(), 'Microsoft.Insights/diagnosticSettings').properties['logs']).toEqual([
        { categoryGroup: 'audit', enabled: true },
      ]);
    });

    it('runs the app on Node 24 over HTTPS only, with its package read by identity', () => {
      const site = theOne(prediction(), 'Microsoft.Web/sites');
      expect(site.properties).toMatchObject({
        httpsOnly: true,
        functionAppConfig: {
          runtime: { name: 'node', version: '24' },
          deployment: {
            storage: { type: 'blobContainer', authentication: { type: 'UserAssignedIdentity' } },
          },
          scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 40 },
        },
        siteConfig: { ftpsState: 'Disabled', minTlsVersion: '1.2', scmMinTlsVersion: '1.2' },
      });
      expect(site.identity).toMatchObject({ type: 'UserAssigned' });
    });

    it('lets nobody publish with a password', () => {
      const policies = ofType(prediction(), 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
      expect(policies.map((policy) => [lastName(policy), policy.properties['allow']])).toEqual([
        ['ftp', false],
        ['scm', false],
      ]);
    });

    it('takes and shows telemetry by identity only', () => {
      expect(theOne(prediction(), 'Microsoft.Insights/components').properties['DisableLocalAuth']).toBe(true);
      expect(theOne(prediction(), 'Microsoft.OperationalInsights/workspaces').properties).toMatchObject({
        features: { disableLocalAuth: true },
      });
    });

    it('holds no key in any setting or output', () => {
      const texts = JSON.stringify([appSettings(prediction()), prediction().outputs]);
      expect(texts).not.toMatch(/AccountKey|SharedAccessSignature|listKeys|InstrumentationKey=[0-9a-f]/i);
    });

    it('makes the queues, tables and containers that the code uses, by their names, and one for the package', () => {
      const names = (kind: string) => lastNames(prediction(), `${STORAGE}/${kind}`);
      expect(names('queueServices/queues')).toEqual(Object.values(QUEUES).toSorted());
      expect(names('tableServices/tables')).toEqual(Object.values(TABLES).toSorted());
      const containers = [...Object.values(CONTAINERS), 'app-package'];
      expect(names('blobServices/containers')).toEqual(containers.toSorted());
    });

    it('is found by azd at one resource only', () => {
      const tagged = prediction().resources.filter(({ tags }) => tags?.['azd-service-name'] !== undefined);
      expect(tagged.map(({ type, tags }) => [type, tags?.['azd-service-name']])).toEqual([
        ['Microsoft.Web/sites', 'mailer'],
      ]);
    });

    it('has names of the Cloud Adoption Framework, that stay the same at every deployment', () => {
      const named = prediction().resources.filter(({ name }) => /hve/.test(name) && !name.includes('/'));
      expect(named.length).toBeGreaterThan(7);
      for (const { name } of named) {
        expect(name).toMatch(
          /^(rg-hve-prod|sthve[a-z0-9]{13}|(ag|appi|asp|func|id|kv|log|ng|pep|pip|sqr|vnet)-hve-[a-z0-9]{13}(-\w+)?)$/,
        );
      }
    });
  });

  describe('a choice', () => {
    it('turns purge protection on, and never off again', () => {
      const protection = (name: 'plain' | 'privateNetwork') =>
        theOne(predictions()[name], 'Microsoft.KeyVault/vaults').properties['enablePurgeProtection'] ?? null;
      expect([protection('plain'), protection('privateNetwork')]).toEqual([null, true]);
    });

    it('puts Entra ID before the API, with a list of callers', () => {
      expect(siteConfig(predictions().plain, 'authsettingsV2')).toBeUndefined();
      expect(siteConfig(predictions().entra, 'authsettingsV2')).toMatchObject({
        platform: { enabled: true },
        globalValidation: {
          requireAuthentication: true,
          unauthenticatedClientAction: 'Return401',
          excludedPaths: ['/api/operations/*', '/api/openapi.json', '/api/dashboard', '/api/dashboard/*'],
        },
        httpSettings: { requireHttps: true },
        identityProviders: {
          azureActiveDirectory: {
            enabled: true,
            registration: { clientId: '77777777-7777-7777-7777-777777777777' },
            validation: {
              allowedAudiences: [
                '77777777-7777-7777-7777-777777777777',
                'api://77777777-7777-7777-7777-777777777777',
              ],
              defaultAuthorizationPolicy: {
                allowedApplications: [
                  '77777777-7777-7777-7777-777777777777',
                  '88888888-8888-8888-8888-888888888888',
                ],
              },
            },
          },
        },
        login: { tokenStore: { enabled: false } },
      });
    });

    it('tags every resource that can have tags', () => {
      const untagged = predictions().privateNetwork.resources.filter(
        ({ location, tags }) => location !== undefined && tags?.['cost-center'] !== 'it-operations',
      );
      expect(untagged.map(({ name }) => name)).toEqual([]);
    });
  });
}
