// Who hears of an alert.

@description('Required. The name of the action group.')
param name string

@description('Required. Addresses that alerts are mailed to; may be empty.')
param emails string[]

@description('Optional. Tags for the resource.')
param tags object = {}

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'hve-mailer'
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

@description('The resource id of the action group.')
output id string = group.id
