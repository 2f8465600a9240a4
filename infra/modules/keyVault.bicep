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

@description('Optional. True takes it off the internet: it is reached by private endpoints only. Default: false.')
param isPrivate bool = false

@description('Required. The resource id of the Log Analytics workspace that learns who read or wrote a secret.')
param workspaceId string

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
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

// Every access to a secret, by whom and from where; never a value.
#disable-next-line use-recent-api-versions // The stable version is of 2016 and has another shape; this is the one that everybody uses.
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

@description('The name of the vault.')
output name string = vault.name

@description('The address of the vault.')
output uri string = vault.properties.vaultUri
