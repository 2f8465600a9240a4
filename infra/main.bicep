// The entry point of `azd up`: a resource group, and the mailer in it.

targetScope = 'subscription'

import { senderAccount } from 'modules/types.bicep'

@description('Required. A short name of this environment, such as dev or prod. azd gives its own environment\'s name.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Required. The Azure region; one that has Flex Consumption.')
@minLength(1)
param location string

@description('Optional. The name of the resource group. Default: rg-hve- and the environment\'s name.')
param resourceGroupName string = 'rg-hve-${environmentName}'

@description('Required. Accepted domains of the tenant, comma-separated; `*.` before one takes in its subdomains.')
param internalDomains string

@description('Required. The sender accounts.')
param accounts senderAccount[]

@description('Optional. The limits HVE has: preview-2024 or ga-2026. Default: preview-2024.')
@allowed(['preview-2024', 'ga-2026'])
param profile string = 'preview-2024'

@description('Optional. How the day of a limit is counted: calendar or rolling. Default: calendar.')
@allowed(['calendar', 'rolling'])
param window string = 'calendar'

@description('Optional. The IANA time zone of the calendar day. Default: UTC.')
param timeZone string = 'UTC'

@description('Optional. Further settings of the app by name; they win over all others. Default: none.')
param additionalSettings object = {}

@description('Optional. Redundancy of the storage account. Default: Standard_LRS.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS', 'Standard_RAGRS', 'Standard_RAGZRS'])
param storageSkuName string = 'Standard_LRS'

@description('Optional. Purge protection of the Key Vault. It cannot be turned off again. Default: false.')
param keyVaultPurgeProtection bool = false

@description('Optional. The object id of who may write the accounts\' passwords into the Key Vault. azd gives the deployer\'s. Default: nobody.')
param vaultOfficerPrincipalId string = ''

@description('Optional. Tags for all resources. Default: none.')
param tags object = {}

// Said here and not by @minLength, so that whoever runs `azd up` reads which value to set, and how.
var givenInternalDomains = empty(internalDomains)
  ? fail('No internal domain is given. Set the tenant\'s accepted domains: azd env set HVE_INTERNAL_DOMAINS contoso.com')
  : internalDomains
var givenAccounts = empty(accounts)
  ? fail('No sender account is given. Set them: azd env set HVE_ACCOUNTS \'[{"address":"hve@contoso.com","secret":"hve-contoso-com"}]\'')
  : accounts

var allTags = union(tags, { 'azd-env-name': environmentName })

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: allTags
}

module mailer 'resources.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    location: location
    internalDomains: givenInternalDomains
    accounts: givenAccounts
    profile: profile
    window: window
    timeZone: timeZone
    additionalSettings: additionalSettings
    storageSkuName: storageSkuName
    keyVaultPurgeProtection: keyVaultPurgeProtection
    vaultOfficerPrincipalId: vaultOfficerPrincipalId
    tags: allTags
  }
}

// azd keeps these in its environment; the hooks and the documentation name them.
@description('The region.')
output AZURE_LOCATION string = location

@description('The resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app.')
output AZURE_FUNCTION_APP_NAME string = mailer.outputs.functionAppName

@description('The Key Vault that holds the passwords.')
output AZURE_KEY_VAULT_NAME string = mailer.outputs.keyVaultName

@description('The address of the Key Vault.')
output AZURE_KEY_VAULT_ENDPOINT string = mailer.outputs.keyVaultUri

@description('The storage account.')
output AZURE_STORAGE_ACCOUNT_NAME string = mailer.outputs.storageAccountName

@description('The queue that producers write to.')
output MAILER_OUTBOX_URI string = mailer.outputs.outboxUri

@description('The base address of the HTTP API.')
output MAILER_API_URI string = mailer.outputs.apiUri
