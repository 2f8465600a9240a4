import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../shared/core/settings.ts';
import { SETTINGS } from '../../../shared/core/settingTable.ts';
import type { SettingDefinition } from '../../../shared/core/settingTable.ts';
import { infraFolder } from '../bicep.ts';
import { appSettings, MINIMAL_ENVIRONMENT } from './predictions.ts';
import type { GetPredictions } from './predictions.ts';

const definitions: readonly SettingDefinition<never>[] = Object.values(SETTINGS) as never;
const knownNames: readonly string[] = definitions.map(({ name }) => name);

/** Set by a parameter of its own, or made from the other resources. */
const SET_OTHERWISE = [
  'HVE_PROFILE',
  'HVE_WINDOW',
  'HVE_TIME_ZONE',
  'HVE_INTERNAL_DOMAINS',
  'HVE_ACCOUNTS',
  'HVE_KEY_VAULT_URI',
  'HVE_STORAGE__queueServiceUri',
  'HVE_STORAGE__blobServiceUri',
  'HVE_STORAGE__tableServiceUri',
  'HVE_STORAGE__credential',
  'HVE_STORAGE__clientId',
];
/** Set with Entra ID before the API, or not at all. */
const SET_WITH_SIGN_IN = ['HVE_API_AUTH'];
/** A connection string is for one machine; in Azure there are no keys. */
const NOT_IN_AZURE = [
  'HVE_STORAGE',
  ...definitions.filter(({ isDevelopmentOnly }) => isDevelopmentOnly === true).map(({ name }) => name),
];

/** What a deployment learns only from the resources it makes. */
const MADE = {
  HVE_KEY_VAULT_URI: 'https://kv-hve-abc.vault.azure.net/',
  HVE_STORAGE__queueServiceUri: 'https://sthveabc.queue.core.windows.net/',
  HVE_STORAGE__blobServiceUri: 'https://sthveabc.blob.core.windows.net/',
  HVE_STORAGE__tableServiceUri: 'https://sthveabc.table.core.windows.net/',
  HVE_STORAGE__clientId: '99999999-9999-9999-9999-999999999999',
} as const;

const read = (name: string): string => readFileSync(join(infraFolder, name), 'utf8');

export function testSettings(predictions: GetPredictions): void {
  describe('its settings', () => {
    it.each(['plain', 'privateNetwork', 'entra'] as const)('are those the app starts with (%s)', (name) => {
      const settings = appSettings(predictions()[name]);
      for (const made of Object.keys(MADE)) expect(settings[made]).toMatch(/^\[reference\(/);
      const values = { ...(settings as Record<string, string>), ...MADE, WEBSITE_SITE_NAME: 'func-hve-abc' };
      expect(parseSettings(values)).toMatchObject({ ok: true, warnings: [] });
    });

    it('are none that the app does not know', () => {
      const names = Object.keys(appSettings(predictions().privateNetwork));
      const ours = names.filter((name) => name.startsWith('HVE_'));
      expect(ours.filter((name) => !knownNames.includes(name))).toEqual([]);
      expect(names.filter((name) => !ours.includes(name)).toSorted()).toEqual([
        'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
        'APPLICATIONINSIGHTS_CONNECTION_STRING',
        'APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED',
        'APPLICATIONINSIGHTS_SDKSTATS_DISABLED',
        'APPLICATION_INSIGHTS_NO_STATSBEAT',
        'AzureWebJobsStorage__blobServiceUri',
        'AzureWebJobsStorage__clientId',
        'AzureWebJobsStorage__credential',
        'AzureWebJobsStorage__queueServiceUri',
        'AzureWebJobsStorage__tableServiceUri',
        'OTEL_TRACES_SAMPLER',
        'OTEL_TRACES_SAMPLER_ARG',
      ]);
    });

    it('leave each default to the app: what nobody set is not set', () => {
      const ours = Object.keys(appSettings(predictions().plain)).filter((name) => name.startsWith('HVE_'));
      expect(ours.toSorted()).toEqual(SET_OTHERWISE.toSorted());
    });

    it('connect to storage by identity, for the host and for the app', () => {
      const settings = appSettings(predictions().plain);
      for (const connection of ['AzureWebJobsStorage', 'HVE_STORAGE']) {
        expect(settings).not.toHaveProperty(connection);
        expect(settings[`${connection}__credential`]).toBe('managedidentity');
      }
      expect(settings['HVE_ACCOUNTS']).toBe(MINIMAL_ENVIRONMENT.HVE_ACCOUNTS);
    });

    it('are handed on from the parameters', () => {
      expect(appSettings(predictions().privateNetwork)).toMatchObject({
        HVE_TIME_ZONE: 'Europe/Berlin',
        HVE_LIMIT_RECIPIENTS_PER_DAY: '90000',
        HVE_BULK_PERCENT: '80',
      });
      expect(appSettings(predictions().entra)).toMatchObject({
        HVE_PROFILE: 'ga-2026',
        HVE_ACCOUNTS: '[{"address":"hve@contoso.com","auth":"oauth"}]',
        HVE_OAUTH_CREDENTIAL: 'managedIdentity',
        HVE_API_AUTH: 'entra',
      });
    });
  });

  describe('every setting of the app', () => {
    const offered = [...read('modules/types.bicep').matchAll(/^ {2}(HVE_\w+): string\?$/gm)].map(
      ([, name]) => name ?? '',
    );

    it('has a parameter, unless it is for one machine only', () => {
      const set = [...offered, ...SET_OTHERWISE, ...SET_WITH_SIGN_IN, ...NOT_IN_AZURE];
      expect(set.toSorted()).toEqual(knownNames.toSorted());
    });

    it.each(offered)('%s is read from the environment of azd', (name) => {
      expect(read('main.bicepparam')).toContain(`  ${name}: readEnvironmentVariable('${name}', '')\n`);
    });
  });

  it.each(['FUNCTIONS_WORKER_RUNTIME', 'WEBSITE_RUN_FROM_PACKAGE', 'SCM_DO_BUILD_DURING_DEPLOYMENT'])(
    'does not set %s, which Flex Consumption refuses',
    (name) => {
      expect(appSettings(predictions().plain)).not.toHaveProperty(name);
    },
  );
}
