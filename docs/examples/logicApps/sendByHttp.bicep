// A workflow that sends a mail over the HTTP API by its managed identity, once a day.
//
// It follows the answer 202 by itself: it asks at Location until the mail is final, and its run fails if the mail was not sent. A mail
// may wait for days (a limit is used up, an account is paused); for such mail set `follow` to false: the run then ends once
// the mail is accepted.
//
// The API asks for a token of Entra ID (HVE_API_CLIENT_ID): give this workflow's identity the application role Mail.Submit, and add
// its client id to HVE_API_ALLOWED_CLIENT_IDS (docs/deploy.md). There is no key.

@description('Optional. The name of the workflow. Default: logic-hve-http.')
param name string = 'logic-hve-http'

@description('Optional. The Azure region. Default: that of the resource group.')
param location string = resourceGroup().location

@description('Required. The name of the mailer\'s function app (AZURE_FUNCTION_APP_NAME).')
param functionAppName string

@description('Required. Its resource group (AZURE_RESOURCE_GROUP). Who deploys this needs the right to read the app.')
param functionAppResourceGroup string

@description('Required. The client id of the application that stands for the API (MAILER_API_CLIENT_ID).')
param apiClientId string

@description('Required. Who gets the mail.')
param recipient string

@description('Optional. False ends the run when the mail is accepted. Default: true.')
param follow bool = true

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  scope: resourceGroup(functionAppResourceGroup)
  name: functionAppName
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
        apiUri: { type: 'String' }
        audience: { type: 'String' }
        recipient: { type: 'String' }
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
      actions: follow ? loadJsonContent('httpActions.json') : loadJsonContent('httpActionsWithoutFollowing.json')
    }
    parameters: {
      apiUri: { value: 'https://${app.properties.defaultHostName}/api' }
      audience: { value: apiClientId }
      recipient: { value: recipient }
    }
  }
}

@description('The object id of the workflow\'s identity, for the role. Its client id is what HVE_API_ALLOWED_CLIENT_IDS takes: az ad sp show --id OBJECT-ID --query appId.')
output principalId string = workflow.identity.principalId
