import { describe, expect, it } from 'vitest';
import { renderRights, rightsIn } from '../rights.ts';
import type { Right } from '../rights.ts';
import { ofType } from './predictions.ts';
import type { GetPredictions } from './predictions.ts';

const app = 'the app (its managed identity)';
const deployer = 'whoever deploys (`AZURE_PRINCIPAL_ID`)';
const producer = 'each producer (`HVE_PRODUCER_PRINCIPAL_IDS`)';

const APP_RIGHTS: readonly Right[] = [
  { who: app, role: 'Key Vault Secrets User', on: 'the Key Vault' },
  { who: app, role: 'Monitoring Metrics Publisher', on: 'Application Insights' },
  { who: app, role: 'Storage Blob Data Owner', on: 'the storage account' },
  { who: app, role: 'Storage Queue Data Contributor', on: 'the storage account' },
  { who: app, role: 'Storage Table Data Contributor', on: 'the storage account' },
];

export function testRights(predictions: GetPredictions): void {
  describe('its rights', () => {
    it('are the app’s alone where nobody else is named', () => {
      expect(rightsIn(predictions().plain.resources)).toEqual(APP_RIGHTS);
    });

    it('are these, each on one resource, with a producer and an officer', () => {
      expect(rightsIn(predictions().privateNetwork.resources)).toEqual([
        { who: producer, role: 'Storage Blob Data Contributor', on: 'container `mail-content`' },
        { who: producer, role: 'Storage Queue Data Message Sender', on: 'queue `mail-outbox`' },
        ...APP_RIGHTS,
        { who: deployer, role: 'Key Vault Secrets Officer', on: 'the Key Vault' },
      ]);
    });

    it('say the kind of principal only of the app: the others may be people, groups or pipelines', () => {
      const { privateNetwork } = predictions();
      const said = ofType(privateNetwork, 'Microsoft.Authorization/roleAssignments').map(({ properties }) => {
        const isApp = String(properties['principalId']).startsWith('[reference(');
        return `${isApp ? 'app' : 'other'}: ${JSON.stringify(properties['principalType'] ?? 'any')}`;
      });
      expect([...new Set(said)]).toEqual(['app: "ServicePrincipal"', 'other: "any"']);
    });

    it('make a table with a reason beside each', () => {
      const table = renderRights(rightsIn(predictions().privateNetwork.resources)).split('\n');
      expect(table).toHaveLength(2 + 8);
      expect(table[0]).toBe('| who | role | on | what for |');
    });

    it('are no table while one of them has no reason', () => {
      const odd = { who: app, role: 'Owner', on: 'the storage account' };
      expect(() => renderRights([odd])).toThrow('what Owner on the storage account is for');
    });
  });
}
