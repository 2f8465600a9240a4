// Everything the mailer consists of, in one resource group. main.bicep makes that group first; where a deployer has
// rights on an existing group only, this file is deployed into it by itself.

import { alertOptions, entraAuthentication, mailerSettings, senderAccount } from 'modules/types.bicep'

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

@description('Optional. How the day of a limit is counted: calendar or rolling. Default: calendar.')
@allowed(['calendar', 'rolling'])
param window string = 'calendar'

@description('Optional. The IANA time zone of the calendar day. Default: UTC.')
param timeZone string = 'UTC'

@description('Optional. Settings of the app that no other parameter sets. Default: none.')
param settings mailerSettings = {}

@description('Optional. Application settings beside the app\'s own, such as { AzureFunctionsJobHost__logging__logLevel__default: \'Debug\' }; they win over all others. Default: none.')
param additionalSettings object = {}

@description('Optional. The object ids of who may submit mail on the queue: people, groups, applications and managed identities, those of other subscriptions too. Default: nobody.')
param producerPrincipalIds string[] = []

@description('Optional. The object id of who may write the accounts\' passwords into the Key Vault. Default: nobody.')
param vaultOfficerPrincipalId string = ''

@description('Optional. Entra ID before the HTTP API. Default: the functions\' keys.')
param apiAuthentication entraAuthentication?

@description('Optional. True puts storage and Key Vault into a virtual network, where only private endpoints reach them. Default: false.')
param privateNetwork bool = false

@description('Conditional. True takes the HTTP API and publishing off the internet as well. Only with privateNetwork. Default: false.')
param privateApi bool = false

@description('Conditional. The address space of the virtual network, a /24 at least. Only with privateNetwork. Default: 10.90.0.0/24.')
param networkAddressPrefix string = '10.90.0.0/24'

@description('Optional. Who is alerted, and when. Default: nobody is mailed.')
param alerts alertOptions = {}

@description('Optional. Redundancy of the storage account. Default: Standard_LRS.')
param storageSkuName string = 'Standard_LRS'

@description('Optional. Purge protection of the Key Vault. It cannot be turned off again. Default: false.')
param keyVaultPurgeProtection bool = false

@description('Optional. Days that logs are kept. Default: 30.')
param logRetentionDays int = 30

@description('Optional. Memory of an instance in MB: 512, 2048 or 4096. Default: 2048.')
param instanceMemoryMB int = 2048

@description('Optional. The most instances; 40 is the lowest that the plan allows. Default: 40.')
param maximumInstanceCount int = 40

@description('Optional. Tags for all resources. Default: none.')
param tags object = {}

// Abbreviations by the Cloud Adoption Framework; the suffix is the same at every deployment of this environment.
var suffix = uniqueString(resourceGroup().id, environmentName)
var names = {
  actionGroup: 'ag-hve-${suffix}'
  alerts: 'sqr-hve-${suffix}'
  applicationInsights: 'appi-hve-${suffix}'
  functionApp: 'func-hve-${suffix}'
  identity: 'id-hve-${suffix}'
  keyVault: 'kv-hve-${suffix}'
  natGateway: 'ng-hve-${suffix}'
  network: 'vnet-hve-${suffix}'
  plan: 'asp-hve-${suffix}'
  privateEndpoint: 'pep-hve-${suffix}'
  publicIp: 'pip-hve-${suffix}'
  storage: 'sthve${suffix}'
  workspace: 'log-hve-${suffix}'
}

// Said here, so that no deployment ends with an app that does not start: what an account cannot log in without.
var withoutSecret = filter(accounts, account => (account.?auth ?? 'password') == 'password' && empty(account.?secret))
var givenAccounts = empty(withoutSecret)
  ? accounts
  : fail('An account logs in with a password, but the name of its secret in the Key Vault is not set: ${withoutSecret[0].address}. Set it: azd env set HVE_ACCOUNTS \'[{"address":"hve@contoso.com","secret":"hve-contoso-com"}]\'')

// OAuth needs an application, and that application something to prove who it is.
var oauthParts = [
  settings.?HVE_OAUTH_TENANT_ID ?? ''
  settings.?HVE_OAUTH_CLIENT_ID ?? ''
  settings.?HVE_OAUTH_CREDENTIAL ?? ''
]
var usesOAuth = contains(map(accounts, account => account.?auth ?? 'password'), 'oauth')
var hasProof = oauthParts[2] == 'managedIdentity' || !empty(settings.?HVE_OAUTH_SECRET)
var setSettings = toObject(filter(items(settings), item => !empty(item.?value)), item => item.key, item => item.?value)
var givenSettings = !usesOAuth
  ? setSettings
  : contains(oauthParts, '')
      ? fail('An account has auth oauth, but its application is not set. Set HVE_OAUTH_TENANT_ID, HVE_OAUTH_CLIENT_ID and HVE_OAUTH_CREDENTIAL: azd env set HVE_OAUTH_CLIENT_ID 66666666-7777-8888-9999-000000000000')
      : hasProof
          ? setSettings
          : fail('HVE_OAUTH_CREDENTIAL is ${oauthParts[2]}, but the name of that in the Key Vault is not set: azd env set HVE_OAUTH_SECRET mail-application')

var isApiPrivate = privateApi && !privateNetwork
  ? fail('privateApi needs the private network: azd env set HVE_PRIVATE_NETWORK true')
  : privateApi

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
    tablePrefix: settings.?HVE_TABLE_PREFIX ?? ''
    isPrivate: privateNetwork
    tags: tags
  }
}

module keyVault 'modules/keyVault.bicep' = {
  params: {
    name: names.keyVault
    location: location
    purgeProtection: keyVaultPurgeProtection
    isPrivate: privateNetwork
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

module rights 'modules/rights.bicep' = {
  params: {
    #disable-next-line what-if-short-circuiting // An assignment's name is made of its principal, known only once the identity is.
    appPrincipalId: identity.outputs.principalId
    vaultOfficerPrincipalId: vaultOfficerPrincipalId
    producerPrincipalIds: producerPrincipalIds
    // By the names known beforehand, not by outputs: so the scope of every right can be read offline.
    storageAccountName: names.storage
    keyVaultName: names.keyVault
    applicationInsightsName: names.applicationInsights
  }
  dependsOn: [storage, keyVault, monitoring]
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    name: names.network
    natGatewayName: names.natGateway
    publicIpName: names.publicIp
    location: location
    addressPrefix: networkAddressPrefix
    tags: tags
  }
}

// By the name known beforehand, so that a deployment can be predicted.
var networkId = resourceId('Microsoft.Network/virtualNetworks', names.network)
var storageZoneSuffix = environment().suffixes.storage
module privateEndpoints 'modules/privateEndpoints.bicep' = if (privateNetwork) {
  params: {
    location: location
    networkId: networkId
    subnetId: network.?outputs.endpointSubnetId ?? ''
    targets: concat(
      map(['blob', 'queue', 'table'], service => {
        name: '${names.privateEndpoint}-${service}'
        resourceType: 'Microsoft.Storage/storageAccounts'
        resourceName: names.storage
        groupId: service
        zoneName: 'privatelink.${service}.${storageZoneSuffix}'
      }),
      [
        {
          name: '${names.privateEndpoint}-vault'
          resourceType: 'Microsoft.KeyVault/vaults'
          resourceName: names.keyVault
          groupId: 'vault'
          // .vault.azure.net in the public cloud, and its like in the others
          zoneName: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
        }
      ]
    )
    tags: tags
  }
  dependsOn: [storage, keyVault]
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
    subnetId: network.?outputs.appSubnetId ?? ''
    isPrivate: isApiPrivate
    apiAuthentication: apiAuthentication
    tags: tags
    appSettings: union(
      connectionSettings,
      {
        APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.outputs.clientId};Authorization=AAD'
        // Of the host's own requests and dependencies one in a hundred; the app's metrics and log lines are whole (docs/telemetry.md).
        OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
        OTEL_TRACES_SAMPLER_ARG: '0.01'
        // The exporter's measurements of itself, for Microsoft and beside ours, and a metric that repeats the resource.
        APPLICATION_INSIGHTS_NO_STATSBEAT: 'true'
        APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true'
        APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED: 'true'
        HVE_PROFILE: profile
        HVE_WINDOW: window
        HVE_TIME_ZONE: timeZone
        HVE_INTERNAL_DOMAINS: internalDomains
        HVE_ACCOUNTS: string(givenAccounts)
        HVE_KEY_VAULT_URI: keyVault.outputs.uri
      },
      givenSettings,
      additionalSettings
    )
  }
  // The rights and the package's container must be there when the app first starts, and the way to them.
  dependsOn: [rights, privateEndpoints]
}

module apiEndpoint 'modules/privateEndpoints.bicep' = if (isApiPrivate) {
  params: {
    location: location
    networkId: networkId
    subnetId: network.?outputs.endpointSubnetId ?? ''
    targets: [
      {
        name: '${names.privateEndpoint}-sites'
        resourceType: 'Microsoft.Web/sites'
        resourceName: names.functionApp
        groupId: 'sites'
        zoneName: 'privatelink.azurewebsites.net'
      }
    ]
    tags: tags
  }
  dependsOn: [functionApp]
}

module actionGroup 'modules/actionGroup.bicep' = {
  params: {
    name: names.actionGroup
    emails: alerts.?emails ?? []
    tags: tags
  }
}

module alertRules 'modules/alerts.bicep' = {
  params: {
    namePrefix: names.alerts
    location: location
    workspaceId: monitoring.outputs.workspaceId
    actionGroupIds: concat([actionGroup.outputs.id], alerts.?actionGroupIds ?? [])
    options: alerts
    tags: tags
  }
}

module workbook 'modules/workbook.bicep' = {
  params: {
    location: location
    workspaceId: resourceId('Microsoft.OperationalInsights/workspaces', names.workspace)
    title: 'HVE mailer ${environmentName}'
    tags: tags
  }
  dependsOn: [monitoring]
}

@description('The name of the function app.')
output functionAppName string = functionApp.outputs.name

@description('The base address of the HTTP API.')
output apiUri string = 'https://${functionApp.outputs.hostName}/api'

@description('The object id of the app\'s identity, for what is granted to it outside Azure.')
output identityPrincipalId string = identity.outputs.principalId

@description('The client id of the app\'s identity.')
output identityClientId string = identity.outputs.clientId

@description('The name of the storage account.')
output storageAccountName string = storage.outputs.name

@description('The address of the queue that producers write to.')
output outboxUri string = storage.outputs.outboxUri

@description('The name of the Key Vault.')
output keyVaultName string = keyVault.outputs.name

@description('The address of the Key Vault.')
output keyVaultUri string = keyVault.outputs.uri

@description('The address that mail leaves from; empty without a private network, where it is any of the region\'s.')
output outboundIp string = network.?outputs.outboundIp ?? ''
