// The passwords of the sender accounts. Rights by role only; the app may read secrets and nothing else.

@description('Required. The name of the vault: 3 to 24 letters, digits and hyphens.')
@minLength(3)
@maxLength(24)
param name string

@description('Required. The Azure region.')
param location string

@description('Optional. Keeps anybody from purging deleted secrets and the vault before their time. It cannot be turned off again. Default: false.')
param purgeProtection bool = false

@description('Optional. Days that a deleted secret or vault can be recovered; fixed at creation. Default: 90.')
@minValue(7)
@maxValue(90)
param softDeleteRetentionDays int = 90

@description('Optional. Tags for the resource.')
param tags object = {}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: softDeleteRetentionDays
    // The service refuses `false`: it is either set or absent.
    enablePurgeProtection: purgeProtection ? true : null
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
  }
}

@description('The name of the vault.')
output name string = vault.name

@description('The address of the vault.')
output uri string = vault.properties.vaultUri
