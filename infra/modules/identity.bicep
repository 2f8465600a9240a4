// The one identity the app has. User-assigned, so that its rights exist before the app does and outlive it.

@description('Required. The name of the identity.')
param name string

@description('Required. The Azure region.')
param location string

@description('Optional. Tags for the resource.')
param tags object = {}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('The resource id of the identity.')
output id string = identity.id

@description('The client id, by which code and connections name the identity.')
output clientId string = identity.properties.clientId

@description('The object id of its service principal, to which roles are assigned.')
output principalId string = identity.properties.principalId
