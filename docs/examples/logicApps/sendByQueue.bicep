// A workflow that puts a mail on the mailer's queue with the queue connector, by its managed identity, once a day.
//
// Its identity must be a producer: add the output principalId to HVE_PRODUCER_PRINCIPAL_IDS and provision the mailer again. The
// connector sets no lifetime, so an item that nobody takes is gone after 7 days; the app takes it within seconds. With a private
// network the connector does not reach the queue: use the HTTP API.

@description('Optional. The name of the workflow. Default: logic-hve-queue.')
param name string = 'logic-hve-queue'

@description('Optional. The Azure region. Default: that of the resource group.')
param location string = resourceGroup().location

@description('Required. The name of the mailer\'s storage account (AZURE_STORAGE_ACCOUNT_NAME).')
param storageAccountName string

@description('Required. Who gets the mail.')
param recipient string

var connectorId = subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'azurequeues')

resource connection 'Microsoft.Web/connections@2016-06-01' = {
  name: '${name}-azurequeues'
  location: location
  properties: {
    displayName: 'HVE mailer\'s queue'
    api: { id: connectorId }
    #disable-next-line BCP089 // The published type does not know it, the service does: this is how a connection logs in by identity.
    parameterValueSet: {
      name: 'managedIdentityAuth'
      values: {}
    }
  }
}

resource workflow 'Microsoft.Logic/workflows@2019-05-01' = {
  name: name
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    definition: {
      '$schema': 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
      contentVersion: '1.0.0.0'
      parameters: {
        '$connections': {
          type: 'Object'
          defaultValue: {}
        }
        recipient: { type: 'String' }
        storageAccountName: { type: 'String' }
      }
      triggers: {
        Every_night: {
          type: 'Recurrence'
          recurrence: {
            frequency: 'Day'
            interval: 1
            timeZone: 'UTC'
            schedule: { hours: ['4'] }
          }
        }
      }
      actions: loadJsonContent('queueActions.json')
    }
    parameters: {
      '$connections': {
        value: {
          azurequeues: {
            connectionId: connection.id
            connectionName: connection.name
            connectionProperties: { authentication: { type: 'ManagedServiceIdentity' } }
            id: connectorId
          }
        }
      }
      recipient: { value: recipient }
      storageAccountName: { value: storageAccountName }
    }
  }
}

@description('The object id of the workflow\'s identity, for HVE_PRODUCER_PRINCIPAL_IDS.')
output principalId string = workflow.identity.principalId
