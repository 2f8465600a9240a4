// Values come from the environment, that is `azd env set NAME VALUE`. Each has a default, so that this file builds anywhere;
// where the default is empty and a value is required, the deployment stops and says which one to set.
using 'main.bicep'

import { listOf, textOr } from 'modules/environment.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param resourceGroupName = textOr(
  readEnvironmentVariable('HVE_RESOURCE_GROUP', ''),
  'rg-hve-${readEnvironmentVariable('AZURE_ENV_NAME', 'dev')}'
)

param internalDomains = readEnvironmentVariable('HVE_INTERNAL_DOMAINS', '')
param accounts = json(textOr(readEnvironmentVariable('HVE_ACCOUNTS', ''), '[]'))
param profile = any(textOr(readEnvironmentVariable('HVE_PROFILE', ''), 'preview-2024'))
param window = any(textOr(readEnvironmentVariable('HVE_WINDOW', ''), 'calendar'))
param timeZone = textOr(readEnvironmentVariable('HVE_TIME_ZONE', ''), 'UTC')
param settings = {
  HVE_LIMIT_RECIPIENTS_PER_DAY: readEnvironmentVariable('HVE_LIMIT_RECIPIENTS_PER_DAY', '')
  HVE_LIMIT_EXTERNAL_PER_DAY: readEnvironmentVariable('HVE_LIMIT_EXTERNAL_PER_DAY', '')
  HVE_LIMIT_RECIPIENTS_PER_MESSAGE: readEnvironmentVariable('HVE_LIMIT_RECIPIENTS_PER_MESSAGE', '')
  HVE_LIMIT_ACCOUNTS: readEnvironmentVariable('HVE_LIMIT_ACCOUNTS', '')
  HVE_LIMIT_MESSAGE_BYTES: readEnvironmentVariable('HVE_LIMIT_MESSAGE_BYTES', '')
  HVE_SMTP_HOST: readEnvironmentVariable('HVE_SMTP_HOST', '')
  HVE_SMTP_PORT: readEnvironmentVariable('HVE_SMTP_PORT', '')
  HVE_EHLO_NAME: readEnvironmentVariable('HVE_EHLO_NAME', '')
  HVE_CONNECTIONS_PER_ACCOUNT: readEnvironmentVariable('HVE_CONNECTIONS_PER_ACCOUNT', '')
  HVE_SMTP_TRANSPORT: readEnvironmentVariable('HVE_SMTP_TRANSPORT', '')
  HVE_SMTP_WINDOW: readEnvironmentVariable('HVE_SMTP_WINDOW', '')
  HVE_OAUTH_TENANT_ID: readEnvironmentVariable('HVE_OAUTH_TENANT_ID', '')
  HVE_OAUTH_CLIENT_ID: readEnvironmentVariable('HVE_OAUTH_CLIENT_ID', '')
  HVE_OAUTH_CREDENTIAL: readEnvironmentVariable('HVE_OAUTH_CREDENTIAL', '')
  HVE_OAUTH_SECRET: readEnvironmentVariable('HVE_OAUTH_SECRET', '')
  HVE_API_URI: readEnvironmentVariable('HVE_API_URI', '')
  HVE_REDIRECT_TO: readEnvironmentVariable('HVE_REDIRECT_TO', '')
  HVE_EXPIRES_AFTER: readEnvironmentVariable('HVE_EXPIRES_AFTER', '')
  HVE_RESERVE_CRITICAL_PERCENT: readEnvironmentVariable('HVE_RESERVE_CRITICAL_PERCENT', '')
  HVE_BULK_PERCENT: readEnvironmentVariable('HVE_BULK_PERCENT', '')
  HVE_RELEASE_PER_MINUTE: readEnvironmentVariable('HVE_RELEASE_PER_MINUTE', '')
  HVE_REPORT_RECIPIENTS: readEnvironmentVariable('HVE_REPORT_RECIPIENTS', '')
  HVE_TRACE_SAMPLE_PERCENT: readEnvironmentVariable('HVE_TRACE_SAMPLE_PERCENT', '')
  HVE_LOG_DETAILS: readEnvironmentVariable('HVE_LOG_DETAILS', '')
  HVE_IDEMPOTENCY_DAYS: readEnvironmentVariable('HVE_IDEMPOTENCY_DAYS', '')
  HVE_RETENTION_PAYLOAD_DAYS: readEnvironmentVariable('HVE_RETENTION_PAYLOAD_DAYS', '')
  HVE_RETENTION_ROW_DAYS: readEnvironmentVariable('HVE_RETENTION_ROW_DAYS', '')
  HVE_RETENTION_COUNT_DAYS: readEnvironmentVariable('HVE_RETENTION_COUNT_DAYS', '')
  HVE_TABLE_PREFIX: readEnvironmentVariable('HVE_TABLE_PREFIX', '')
}
param additionalSettings = json(textOr(readEnvironmentVariable('HVE_ADDITIONAL_SETTINGS', ''), '{}'))

param producerPrincipalIds = listOf(readEnvironmentVariable('HVE_PRODUCER_PRINCIPAL_IDS', ''))
param vaultOfficerPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param apiAuthentication = empty(readEnvironmentVariable('HVE_API_CLIENT_ID', ''))
  ? null
  : {
      clientId: readEnvironmentVariable('HVE_API_CLIENT_ID', '')
      allowedClientIds: listOf(readEnvironmentVariable('HVE_API_ALLOWED_CLIENT_IDS', ''))
    }

param privateNetwork = bool(textOr(readEnvironmentVariable('HVE_PRIVATE_NETWORK', ''), 'false'))
param privateApi = bool(textOr(readEnvironmentVariable('HVE_PRIVATE_API', ''), 'false'))
param networkAddressPrefix = textOr(readEnvironmentVariable('HVE_NETWORK_ADDRESS_PREFIX', ''), '10.90.0.0/24')

param alerts = {
  emails: listOf(readEnvironmentVariable('HVE_ALERT_EMAILS', ''))
  actionGroupIds: listOf(readEnvironmentVariable('HVE_ALERT_ACTION_GROUP_IDS', ''))
  enabled: bool(textOr(readEnvironmentVariable('HVE_ALERTS_ENABLED', ''), 'true'))
  quotaWarningPercent: int(textOr(readEnvironmentVariable('HVE_ALERT_QUOTA_WARNING_PERCENT', ''), '80'))
  quotaErrorPercent: int(textOr(readEnvironmentVariable('HVE_ALERT_QUOTA_ERROR_PERCENT', ''), '95'))
  queueAgeMinutes: int(textOr(readEnvironmentVariable('HVE_ALERT_QUEUE_AGE_MINUTES', ''), '15'))
  deadLetters: int(textOr(readEnvironmentVariable('HVE_ALERT_DEAD_LETTERS', ''), '1'))
}

param storageSkuName = any(textOr(readEnvironmentVariable('HVE_STORAGE_SKU', ''), 'Standard_LRS'))
param keyVaultPurgeProtection = bool(textOr(readEnvironmentVariable('HVE_KEY_VAULT_PURGE_PROTECTION', ''), 'false'))
param logRetentionDays = int(textOr(readEnvironmentVariable('HVE_LOG_RETENTION_DAYS', ''), '30'))
param instanceMemoryMB = any(int(textOr(readEnvironmentVariable('HVE_INSTANCE_MEMORY_MB', ''), '2048')))
param maximumInstanceCount = int(textOr(readEnvironmentVariable('HVE_MAXIMUM_INSTANCE_COUNT', ''), '40'))
param tags = json(textOr(readEnvironmentVariable('AZURE_TAGS', ''), '{}'))
