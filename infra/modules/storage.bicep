// Queues, tables and blob containers of the app, and the host's own storage, in one account. No key opens it.
// The names below are those of shared/core/storageNames.ts; test/infra holds the two equal.

@description('Required. The name of the storage account: 3 to 24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Required. The Azure region.')
param location string

@description('Optional. Redundancy. A zone-redundant one survives the loss of a zone; not every region has it. Default: Standard_LRS.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS', 'Standard_RAGRS', 'Standard_RAGZRS'])
param skuName string = 'Standard_LRS'

@description('Optional. What the names of the tables begin with: HVE_TABLE_PREFIX. Default: nothing.')
param tablePrefix string = ''

@description('Optional. True takes it off the internet: it is reached by private endpoints only. Default: false.')
param isPrivate bool = false

@description('Optional. Tags for the resource.')
param tags object = {}

@export()
@description('The queue that producers write to.')
var outboxQueueName = 'mail-outbox'

@export()
@description('The container that producers put large messages and attachments into.')
var contentContainerName = 'mail-content'

var queueNames = [outboxQueueName, 'mail-deliveries', 'mail-bulk']
var tableNames = ['messages', 'keys', 'waiting', 'quota', 'accounts', 'apps', 'deadletters', 'days']
var containerNames = [contentContainerName, 'mail-payloads']
// Holds the app's package. Flex Consumption reads it at every start, so it must exist before the site.
var packageContainerName = 'app-package'

resource account 'Microsoft.Storage/storageAccounts@2026-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2026-06-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2026-06-01' = [
  for queueName in queueNames: {
    parent: queueService
    name: queueName
  }
]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2026-06-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01' = [
  for tableName in tableNames: {
    parent: tableService
    name: '${tablePrefix}${tableName}'
  }
]

// No soft delete: what retention or an erasure removes must be gone, not kept for another week.
resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2026-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: false }
    containerDeleteRetentionPolicy: { enabled: false }
    isVersioningEnabled: false
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-06-01' = [
  for containerName in concat(containerNames, [packageContainerName]): {
    parent: blobService
    name: containerName
    properties: { publicAccess: 'None' }
  }
]

@description('The name of the storage account.')
output name string = account.name

@description('The base address of its queues.')
output queueServiceUri string = account.properties.primaryEndpoints.queue

@description('The base address of its tables.')
output tableServiceUri string = account.properties.primaryEndpoints.table

@description('The base address of its blobs.')
output blobServiceUri string = account.properties.primaryEndpoints.blob

@description('The address of the queue that producers write to.')
output outboxUri string = '${account.properties.primaryEndpoints.queue}${outboxQueueName}'

@description('The address of the container that holds the app\'s package.')
output packageContainerUri string = '${account.properties.primaryEndpoints.blob}${packageContainerName}'
