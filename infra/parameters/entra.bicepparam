// An example without a password anywhere: the account logs in with OAuth by the app's own identity, and callers of the HTTP
// API need a token of Entra ID.
//   az deployment sub create --location westeurope --template-file infra/main.bicep --parameters infra/parameters/entra.bicepparam
using '../main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

param internalDomains = 'contoso.com'
param accounts = [
  {
    address: 'hve@contoso.com'
    auth: 'oauth'
  }
]
param profile = 'ga-2026'
param settings = {
  HVE_OAUTH_TENANT_ID: '22222222-2222-2222-2222-222222222222'
  HVE_OAUTH_CLIENT_ID: '66666666-6666-6666-6666-666666666666'
  HVE_OAUTH_CREDENTIAL: 'managedIdentity'
}

param apiAuthentication = {
  clientId: '77777777-7777-7777-7777-777777777777'
  allowedClientIds: ['88888888-8888-8888-8888-888888888888']
}
param alerts = {
  emails: ['mail-operators@contoso.com']
}
