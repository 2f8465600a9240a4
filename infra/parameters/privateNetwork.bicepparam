// An example: storage, Key Vault and the HTTP API in a private network, two accounts, alerts to a mailbox, one producer.
//   az deployment sub create --location westeurope --template-file infra/main.bicep --parameters infra/parameters/privateNetwork.bicepparam
using '../main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

param internalDomains = 'contoso.com,*.contoso.com'
param accounts = [
  {
    address: 'hve@contoso.com'
    secret: 'hve-contoso-com'
    displayName: 'Contoso'
  }
  {
    address: 'payroll@contoso.com'
    secret: 'payroll-contoso-com'
    quotaPerDay: 20000
  }
]
param timeZone = 'Europe/Berlin'
param settings = {
  HVE_LIMIT_RECIPIENTS_PER_DAY: '90000'
  HVE_RESERVE_CRITICAL_PERCENT: '5'
  HVE_BULK_PERCENT: '80'
}

param privateNetwork = true
param privateApi = true
param networkAddressPrefix = '10.90.0.0/24'

param producerPrincipalIds = ['44444444-4444-4444-4444-444444444444']
param vaultOfficerPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '33333333-3333-3333-3333-333333333333')

param alerts = {
  emails: ['mail-operators@contoso.com']
}
param storageSkuName = 'Standard_ZRS'
param keyVaultPurgeProtection = true
param logRetentionDays = 90
param tags = {
  'cost-center': 'it-operations'
}
