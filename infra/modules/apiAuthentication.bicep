// Entra ID before the HTTP API (App Service authentication), in place of the functions' keys: a call without a token of an allowed
// client never reaches the app, but for the paths below. Which role the caller has the app itself looks at (HVE_API_AUTH).

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
      // What tells nothing of a mail but how it stands: docs/security.md.
      excludedPaths: [
        '/api/operations/*'
        '/api/openapi.json'
        '/api/dashboard'
        '/api/dashboard/*'
      ]
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
            // The application itself is the client where a person signs in with a browser.
            allowedApplications: union([authentication.clientId], authentication.allowedClientIds)
          }
        }
      }
    }
    // A browser's session is a cookie; of the tokens nothing is kept.
    login: {
      tokenStore: { enabled: false }
      cookieExpiration: {
        convention: 'FixedTime'
        timeToExpiration: '08:00:00'
      }
    }
  }
}
