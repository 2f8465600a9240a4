// Who may do what, each right on the one resource that needs it.
// A name made of scope, principal and role keeps a second deployment from making a second assignment.

import { contentContainerName, outboxQueueName } from 'storage.bicep'

@description('Required. The object id of the app\'s identity.')
param appPrincipalId string

@description('Optional. The object id of a person, group or service principal that may write secrets. Default: nobody.')
param vaultOfficerPrincipalId string = ''

@description('Optional. The object ids of who may submit mail on the queue. Default: nobody.')
param producerPrincipalIds string[] = []

@description('Required. The name of the storage account.')
param storageAccountName string

@description('Required. The name of the Key Vault.')
param keyVaultName string

@description('Required. The name of the Application Insights component.')
param applicationInsightsName string

// Built-in roles, by the ids that are the same in every tenant.
// The host keeps its leases and keys in blobs and needs Owner for them; reader plus processor are not enough for its queues.
var storageRoles = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
]
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var keyVaultSecretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
// Adds a message and can neither read nor delete one.
var storageQueueDataMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
var storageBlobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource storageAccount 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: storageAccountName
}

resource outbox 'Microsoft.Storage/storageAccounts/queueServices/queues@2026-06-01' existing = {
  name: '${storageAccountName}/default/${outboxQueueName}'
}

resource content 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-06-01' existing = {
  name: '${storageAccountName}/default/${contentContainerName}'
}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: keyVaultName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource appOnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for roleId in storageRoles: {
    scope: storageAccount
    name: guid(storageAccount.id, appPrincipalId, roleId)
    properties: {
      principalId: appPrincipalId
      // Said outright, so that an identity created a moment ago is not looked up before the directory knows it.
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    }
  }
]

resource appOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, appPrincipalId, keyVaultSecretsUser)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
  }
}

resource appOnApplicationInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: applicationInsights
  name: guid(applicationInsights.id, appPrincipalId, monitoringMetricsPublisher)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

// No principalType here: the deployer is a person on one day and a pipeline on another.
resource officerOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(vaultOfficerPrincipalId)) {
  scope: vault
  name: guid(vault.id, vaultOfficerPrincipalId, keyVaultSecretsOfficer)
  properties: {
    principalId: vaultOfficerPrincipalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsOfficer)
  }
}

// Nor here: producers are people, applications and managed identities, those of other subscriptions too.
resource producersOnOutbox 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for producerId in producerPrincipalIds: {
    scope: outbox
    name: guid(outbox.id, producerId, storageQueueDataMessageSender)
    properties: {
      principalId: producerId
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageQueueDataMessageSender)
    }
  }
]

resource producersOnContent 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for producerId in producerPrincipalIds: {
    scope: content
    name: guid(content.id, producerId, storageBlobDataContributor)
    properties: {
      principalId: producerId
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
    }
  }
]
