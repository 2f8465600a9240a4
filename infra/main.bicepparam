// Values come from the environment, that is `azd env set NAME VALUE`. Each has a default, so that this file builds anywhere;
// where the default is empty and a value is required, the deployment stops and says which one to set.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param internalDomains = readEnvironmentVariable('HVE_INTERNAL_DOMAINS', '')
param accounts = json(readEnvironmentVariable('HVE_ACCOUNTS', '[]'))
param profile = readEnvironmentVariable('HVE_PROFILE', 'preview-2024')
param window = readEnvironmentVariable('HVE_WINDOW', 'calendar')
param timeZone = readEnvironmentVariable('HVE_TIME_ZONE', 'UTC')
param additionalSettings = json(readEnvironmentVariable('HVE_ADDITIONAL_SETTINGS', '{}'))
param storageSkuName = readEnvironmentVariable('HVE_STORAGE_SKU', 'Standard_LRS')
param keyVaultPurgeProtection = bool(readEnvironmentVariable('HVE_KEY_VAULT_PURGE_PROTECTION', 'false'))
param vaultOfficerPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param tags = json(readEnvironmentVariable('AZURE_TAGS', '{}'))
