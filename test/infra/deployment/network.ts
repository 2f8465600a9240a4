import { describe, expect, it } from 'vitest';
import { lastName, ofType, theOne } from './predictions.ts';
import type { GetPredictions } from './predictions.ts';

const ENDPOINTS = 'Microsoft.Network/privateEndpoints';

export function testNetwork(predictions: GetPredictions): void {
  describe('the private network', () => {
    it('is absent by default', () => {
      const { plain } = predictions();
      expect(plain.resources.filter(({ type }) => type.startsWith('Microsoft.Network/'))).toEqual([]);
      expect(theOne(plain, 'Microsoft.Web/sites').properties['virtualNetworkSubnetId'] ?? null).toBeNull();
      expect(plain.outputs).toMatchObject({ MAILER_PRIVATE_NETWORK: false });
    });

    it('takes storage, Key Vault and the API off the internet', () => {
      const { privateNetwork } = predictions();
      for (const type of ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults']) {
        expect(theOne(privateNetwork, type).properties).toMatchObject({
          publicNetworkAccess: 'Disabled',
          networkAcls: { bypass: 'None', defaultAction: 'Deny' },
        });
      }
      expect(theOne(privateNetwork, 'Microsoft.Web/sites').properties).toMatchObject({
        publicNetworkAccess: 'Disabled',
        virtualNetworkSubnetId: expect.stringContaining('appSubnetId') as string,
      });
    });

    it('has an endpoint for each service, and its zone beside it', () => {
      const { privateNetwork } = predictions();
      const groups = ofType(privateNetwork, ENDPOINTS).map(({ properties }) => {
        const [link] = properties['privateLinkServiceConnections'] as {
          properties: { groupIds: string[] };
        }[];
        return link?.properties.groupIds;
      });
      expect(groups).toEqual([['blob'], ['queue'], ['table'], ['vault'], ['sites']]);
      expect(ofType(privateNetwork, `${ENDPOINTS}/privateDnsZoneGroups`)).toHaveLength(5);
      expect(ofType(privateNetwork, 'Microsoft.Network/privateDnsZones')).toHaveLength(5);
      expect(ofType(privateNetwork, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks')).toHaveLength(5);
    });

    it('leads out through one fixed address: a new network has no other way to port 587', () => {
      const { privateNetwork } = predictions();
      const { subnets } = theOne(privateNetwork, 'Microsoft.Network/virtualNetworks').properties as {
        subnets: { name: string; properties: Record<string, unknown> }[];
      };
      const [app, endpoints] = subnets;
      expect(app).toMatchObject({
        name: 'snet-app',
        properties: {
          addressPrefix: '10.90.0.0/26',
          defaultOutboundAccess: false,
          natGateway: { id: expect.stringContaining('ng-hve-') as string },
          delegations: [{ properties: { serviceName: 'Microsoft.App/environments' } }],
        },
      });
      expect(endpoints).toMatchObject({ properties: { addressPrefix: '10.90.0.64/27' } });
      expect(theOne(privateNetwork, 'Microsoft.Network/publicIPAddresses').properties).toMatchObject({
        publicIPAllocationMethod: 'Static',
      });
      expect(lastName(theOne(privateNetwork, 'Microsoft.Network/natGateways'))).toMatch(/^ng-hve-/);
    });
  });
}
