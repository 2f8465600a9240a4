// Private endpoints, each with the private DNS zone that makes the resource's public name lead to it.

@export()
@sealed()
type endpointTarget = {
  @description('Required. The name of the endpoint.')
  name: string

  @description('Required. The type of what it leads to.')
  resourceType: string

  @description('Required. The name of what it leads to, in the same resource group.')
  resourceName: string

  @description('Required. Which part of that resource: blob, queue, table, vault or sites.')
  groupId: string

  @description('Required. The private DNS zone.')
  zoneName: string
}

@description('Required. What gets an endpoint.')
param targets endpointTarget[]

@description('Required. The Azure region.')
param location string

@description('Required. The resource id of the virtual network that resolves the names.')
param networkId string

@description('Required. The resource id of the subnet of the endpoints.')
param subnetId string

@description('Optional. Tags for the resources.')
param tags object = {}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for target in targets: {
    name: target.zoneName
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (target, index) in targets: {
    parent: zones[index]
    name: uniqueString(networkId)
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2026-03-01' = [
  for target in targets: {
    name: target.name
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.groupId
          properties: {
            privateLinkServiceId: resourceId(target.resourceType, target.resourceName)
            groupIds: [target.groupId]
          }
        }
      ]
    }
  }
]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2026-03-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.groupId
          properties: { privateDnsZoneId: zones[index].id }
        }
      ]
    }
    dependsOn: [links[index]]
  }
]
