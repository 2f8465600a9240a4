// The operator's page in the portal, over the same signals as the alerts (shared/core/signals.ts).

@description('Required. The Azure region.')
param location string

@description('Required. The resource id of the Log Analytics workspace it reads.')
param workspaceId string

@description('Required. What it is called in the portal.')
param title string

@description('Optional. Tags for the resource.')
param tags object = {}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // It must be a GUID; made of the workspace, it stays the same.
  name: guid(workspaceId, 'hve-mailer')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: title
    category: 'workbook'
    sourceId: workspaceId
    serializedData: string(union(loadJsonContent('workbook.json'), { fallbackResourceIds: [workspaceId] }))
  }
}
