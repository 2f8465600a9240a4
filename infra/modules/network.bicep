// The private network: one subnet for the app, one for the private endpoints, and one address for all that leaves it.
// New virtual networks have no way out of their own, so the app's subnet gets a NAT gateway: without it no mail reaches
// port 587. Its address is fixed, which Conditional Access and firewalls can name.

@description('Required. The name of the virtual network.')
param name string

@description('Required. The name of the NAT gateway.')
param natGatewayName string

@description('Required. The name of the public address behind it.')
param publicIpName string

@description('Required. The Azure region.')
param location string

@description('Required. The address space: a /24 at least. Half of it is kept free.')
param addressPrefix string

@description('Optional. Tags for the resources.')
param tags object = {}

resource publicIp 'Microsoft.Network/publicIPAddresses@2026-03-01' = {
  name: publicIpName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Regional'
  }
  properties: {
    publicIPAddressVersion: 'IPv4'
    publicIPAllocationMethod: 'Static'
  }
}

resource natGateway 'Microsoft.Network/natGateways@2026-03-01' = {
  name: natGatewayName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    publicIpAddresses: [{ id: publicIp.id }]
  }
}

// The subnets stand in the network itself: as resources of their own, the next deployment would take them away first.
resource network 'Microsoft.Network/virtualNetworks@2026-03-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        // Flex Consumption takes one address for each instance, and no underscore in the name.
        name: 'snet-app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          defaultOutboundAccess: false
          natGateway: { id: natGateway.id }
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'snet-endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 2)
          defaultOutboundAccess: false
        }
      }
    ]
  }
}

@description('The resource id of the app\'s subnet.')
output appSubnetId string = '${network.id}/subnets/snet-app'

@description('The resource id of the subnet of the private endpoints.')
output endpointSubnetId string = '${network.id}/subnets/snet-endpoints'

@description('The address that mail leaves from.')
output outboundIp string = publicIp.properties.ipAddress
