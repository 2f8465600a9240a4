// Everything the mailer consists of, in one resource group. main.bicep makes that group first; where a deployer has
// rights on an existing group only, this file is deployed into it by itself.

import { senderAccount } from 'modules/types.bicep'

@description('Required. A short name of this environment, such as dev or prod. It makes the resources\' names unique.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Optional. The Azure region; one that has Flex Consumption. Default: the region of the resource group.')
param location string = resourceGroup().location

@description('Required. Accepted domains of the tenant, comma-separated; `*.` before one takes in its subdomains.')
@minLength(1)
param internalDomains string

@description('Required. The sender accounts.')
@minLength(1)
param accounts senderAccount[]

@description('Optional. The limits HVE has: preview-2024 or ga-2026. Default: preview-2024.')
@allowed(['preview-2024', 'ga-2026'])
param profile string = 'preview-2024'

@description('Optional. The SMTP endpoint. Default: the one of the profile.')
param smtpHost string = profile == 'ga-2026' ? 'smtp.hve.mx.microsoft' : 'smtp-hve.office365.com'

@description('Optional. The port of the SMTP endpoint. Default: 587.')
@minValue(1)
@maxValue(65535)
param smtpPort int = 587

@description('Optional. How the day of a limit is counted: calendar or rolling. Default: calendar.')
@allowed(['calendar', 'rolling'])
param window string = 'calendar'

@description('Optional. The IANA time zone of the calendar day. Default: UTC.')
param timeZone string = 'UTC'

@description('Optional. Further settings by name, such as { HVE_LIMIT_RECIPIENTS_PER_DAY: \'50000\' }; they win over all others. Default: none.')
param additionalSettings object = {}

@description('Optional. Redundancy of the storage account. Default: Standard_LRS.')
param storageSkuName string = 'Standard_LRS'

@description('Optional. Purge protection of the Key Vault. It cannot be turned off again. Default: false.')
param keyVaultPurgeProtection bool = false

@description('Optional. The object id of who may write the accounts\' passwords into the Key Vault. Default: nobody.')
param vaultOfficerPrincipalId string = ''

@description('Optional. Days that logs are kept. Default: 30.')
param logRetentionDays int = 30

@description('Optional. Memory of an instance in MB. Default: 2048.')
param instanceMemoryMB int = 2048

@description('Optional. The most instances. Default: 40.')
param maximumInstanceCount int = 40

@description('Optional. Tags for all resources.')
param tags object = {}

// Abbreviations by the Cloud Adoption Framework; the suffix is the same at every deployment of this environment.
var suffix = uniqueString(resourceGroup().id, environmentName)
var names = {
  applicationInsights: 'appi-hve-${suffix}'
  functionApp: 'func-hve-${suffix}'
  identity: 'id-hve-${suffix}'
  keyVault: 'kv-hve-${suffix}'
  plan: 'asp-hve-${suffix}'
  storage: 'sthve${suffix}'
  workspace: 'log-hve-${suffix}'
}

module identity 'modules/identity.bicep' = {
  params: {
    name: names.identity
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    workspaceName: names.workspace
    applicationInsightsName: names.applicationInsights
    location: location
    retentionDays: logRetentionDays
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: names.storage
    location: location
    skuName: storageSkuName
    tags: tags
  }
}

module keyVault 'modules/keyVault.bicep' = {
  params: {
    name: names.keyVault
    location: location
    purgeProtection: keyVaultPurgeProtection
    tags: tags
  }
}

module rights 'modules/rights.bicep' = {
  params: {
    appPrincipalId: identity.outputs.principalId
    vaultOfficerPrincipalId: vaultOfficerPrincipalId
    // By the names known beforehand, not by outputs: so the scope of every right can be read offline.
    storageAccountName: names.storage
    keyVaultName: names.keyVault
    applicationInsightsName: names.applicationInsights
  }
  dependsOn: [storage, keyVault, monitoring]
}

// A connection by identity: the same five settings under the host's own name and under ours.
var connection = {
  queueServiceUri: storage.outputs.queueServiceUri
  tableServiceUri: storage.outputs.tableServiceUri
  blobServiceUri: storage.outputs.blobServiceUri
  credential: 'managedidentity'
  clientId: identity.outputs.clientId
}
var connectionSettings = reduce(
  items(connection),
  {},
  (all, item) =>
    union(all, {
      'AzureWebJobsStorage__${item.key}': item.value
      'HVE_STORAGE__${item.key}': item.value
    })
)

module functionApp 'modules/functionApp.bicep' = {
  params: {
    name: names.functionApp
    planName: names.plan
    location: location
    serviceName: 'mailer'
    identityId: identity.outputs.id
    packageContainerUri: storage.outputs.packageContainerUri
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    tags: tags
    appSettings: union(
      connectionSettings,
      {
        APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.outputs.clientId};Authorization=AAD'
        HVE_PROFILE: profile
        HVE_WINDOW: window
        HVE_TIME_ZONE: timeZone
        HVE_INTERNAL_DOMAINS: internalDomains
        HVE_ACCOUNTS: string(accounts)
        HVE_KEY_VAULT_URI: keyVault.outputs.uri
        HVE_SMTP_HOST: smtpHost
        HVE_SMTP_PORT: string(smtpPort)
      },
      additionalSettings
    )
  }
  dependsOn: [rights]
}

@description('The name of the function app.')
output functionAppName string = functionApp.outputs.name

@description('The base address of the HTTP API.')
output apiUri string = 'https://${functionApp.outputs.hostName}/api'

@description('The name of the storage account.')
output storageAccountName string = storage.outputs.name

@description('The address of the queue that producers write to.')
output outboxUri string = storage.outputs.outboxUri

@description('The name of the Key Vault.')
output keyVaultName string = keyVault.outputs.name

@description('The address of the Key Vault.')
output keyVaultUri string = keyVault.outputs.uri
