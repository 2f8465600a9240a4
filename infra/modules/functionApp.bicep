// The app itself: Functions on Flex Consumption. Its rights and the container of its package must exist before it.

import { entraAuthentication } from 'types.bicep'

@description('Required. The name of the function app.')
param name string

@description('Required. The name of its plan.')
param planName string

@description('Required. The Azure region; one that has Flex Consumption.')
param location string

@description('Required. The azd service whose package this app gets.')
param serviceName string

@description('Required. The resource id of the app\'s identity.')
param identityId string

@description('Required. The address of the blob container that holds the package.')
param packageContainerUri string

@description('Required. The settings of the app, by name.')
param appSettings object

@description('Optional. Entra ID before the HTTP API. Default: the functions\' keys.')
param apiAuthentication entraAuthentication?

@description('Optional. Memory of an instance in MB. Default: 2048.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Optional. The most instances; 40 is the lowest that the plan allows. Default: 40.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. The resource id of the subnet that all its traffic leaves through. Default: the internet directly.')
param subnetId string = ''

@description('Optional. True takes the HTTP API and publishing off the internet: they are reached by private endpoint only. Default: false.')
param isPrivate bool = false

@description('Optional. Tags for the resources.')
param tags object = {}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app by this tag; only one resource may carry it.
  tags: union(tags, { 'azd-service-name': serviceName })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    // Flex Consumption sends everything that way, DNS too; no setting says so.
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: '24'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
  }

  // The whole set each time: a setting that is no longer named here goes at the next deployment.
  resource settings 'config' = {
    name: 'appsettings'
    // From then on the app goes by what the sign-in says of the caller, so that one stands first.
    properties: union(appSettings, apiAuthentication == null ? {} : { HVE_API_AUTH: 'entra' })
    dependsOn: [authentication]
  }

  // Publishing by password is off; azd and pipelines publish with Entra ID.
  resource ftpPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scmPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

module authentication 'apiAuthentication.bicep' = if (apiAuthentication != null) {
  params: {
    functionAppName: app.name
    authentication: apiAuthentication!
  }
}

@description('The name of the function app.')
output name string = app.name

@description('Its host name.')
output hostName string = app.properties.defaultHostName
