// Where logs and metrics go: Application Insights over a Log Analytics workspace.
// Ingestion by key is off: who writes telemetry logs in with Entra ID (role Monitoring Metrics Publisher, see rights.bicep).

@description('Required. The name of the Log Analytics workspace.')
param workspaceName string

@description('Required. The name of the Application Insights component.')
param applicationInsightsName string

@description('Required. The Azure region.')
param location string

@description('Optional. Days that logs are kept; 30 are included in the price of ingestion. Default: 30.')
@minValue(30)
@maxValue(730)
param retentionDays int = 30

@description('Optional. Tags for the resources.')
param tags object = {}

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    features: { disableLocalAuth: true }
  }
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: applicationInsightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

@description('Where telemetry is sent. It names an endpoint and is no credential: ingestion by key is off.')
output connectionString string = applicationInsights.properties.ConnectionString

@description('The resource id of the Log Analytics workspace.')
output workspaceId string = workspace.id
