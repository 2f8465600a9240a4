// Entra ID before the HTTP API (App Service authentication): a call without a token of an allowed client never reaches the app.
// The functions' keys stay in force behind it.

import { entraAuthentication } from 'types.bicep'

@description('Required. The name of the function app.')
param functionAppName string

@description('Required. Who may call.')
param authentication entraAuthentication

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
      runtimeVersion: '~1'
    }
    globalValidation: {
      requireAuthentication: true
      // Callers are programs: they get an answer, not a page to log in at.
      unauthenticatedClientAction: 'Return401'
    }
    httpSettings: {
      requireHttps: true
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: authentication.clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${authentication.?tenantId ?? tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            authentication.clientId
            'api://${authentication.clientId}'
          ]
          defaultAuthorizationPolicy: {
            allowedApplications: authentication.allowedClientIds
          }
        }
      }
    }
    // No session of a browser: nothing to keep.
    login: {
      tokenStore: { enabled: false }
    }
  }
}
