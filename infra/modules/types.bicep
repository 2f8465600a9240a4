// Types that more than one file uses.

@export()
@description('A sender account: an HVE account of the tenant. Its address is the From and the login.')
@sealed()
type senderAccount = {
  @description('Required. The account\'s primary SMTP address.')
  address: string

  @description('Conditional. The name of the Key Vault secret that holds its plain password, never the password itself. Required unless auth is oauth.')
  secret: string?

  @description('Optional. The display name recipients see.')
  displayName: string?

  @description('Optional. How the account logs in. Default: password.')
  auth: ('password' | 'oauth')?

  @description('Optional. A name for several accounts any of which may send a message.')
  pool: string?

  @description('Optional. The most recipients a day that may go through this account. Default: only the tenant\'s limits hold.')
  @minValue(1)
  quotaPerDay: int?
}

// docs/configuration.md says what each takes and means. An empty one counts as absent.
@export()
@description('Settings of the app that nothing else sets, by their names.')
@sealed()
type mailerSettings = {
  @description('Optional. Recipients a day, or none. Default: the profile\'s.')
  HVE_LIMIT_RECIPIENTS_PER_DAY: string?

  @description('Optional. External recipients a day, or none. Default: the profile\'s.')
  HVE_LIMIT_EXTERNAL_PER_DAY: string?

  @description('Optional. Recipients of one delivery, or none. Default: the profile\'s.')
  HVE_LIMIT_RECIPIENTS_PER_MESSAGE: string?

  @description('Optional. Sender accounts of the tenant, or none. Default: the profile\'s.')
  HVE_LIMIT_ACCOUNTS: string?

  @description('Optional. Bytes of a message on the wire, or none. Default: the profile\'s.')
  HVE_LIMIT_MESSAGE_BYTES: string?

  @description('Optional. The SMTP server. Default: the profile\'s.')
  HVE_SMTP_HOST: string?

  @description('Optional. The SMTP server\'s port. Default: 587.')
  HVE_SMTP_PORT: string?

  @description('Optional. What the app calls itself towards the SMTP server. Default: an address literal.')
  HVE_EHLO_NAME: string?

  @description('Optional. SMTP connections at once for one account on each instance. Default: 3.')
  HVE_CONNECTIONS_PER_ACCOUNT: string?

  @description('Optional. How mail goes over a connection: plain or fast. Default: plain.')
  HVE_SMTP_TRANSPORT: string?

  @description('Optional. Messages in flight at once on one connection, with fast and a server that offers CHUNKING. Default: 2.')
  HVE_SMTP_WINDOW: string?

  @description('Conditional. The tenant of the application that sends with OAuth. Required where an account\'s auth is oauth.')
  HVE_OAUTH_TENANT_ID: string?

  @description('Conditional. The client id of the application that sends with OAuth. Required where an account\'s auth is oauth.')
  HVE_OAUTH_CLIENT_ID: string?

  @description('Conditional. How that application proves who it is: managedIdentity, secret or certificate. Required where an account\'s auth is oauth.')
  HVE_OAUTH_CREDENTIAL: string?

  @description('Conditional. The name in Key Vault of its secret or certificate, never the secret itself. Required where its credential is secret or certificate.')
  HVE_OAUTH_SECRET: string?

  @description('Optional. The https address of the API as its callers know it, where API Management or a front door stands before it. Default: the address that was called.')
  HVE_API_URI: string?

  @description('Optional. For test environments: every recipient is replaced by this address. Default: none.')
  HVE_REDIRECT_TO: string?

  @description('Optional. When a message expires that says nothing about it, as an ISO 8601 duration. Default: never.')
  HVE_EXPIRES_AFTER: string?

  @description('Optional. The last percent of each limit that only critical messages may use. Default: 0.')
  HVE_RESERVE_CRITICAL_PERCENT: string?

  @description('Optional. Up to which percent of each limit bulk messages may go. Default: 100.')
  HVE_BULK_PERCENT: string?

  @description('Optional. Recipients a minute that go on from a waiting room. Default: 3000.')
  HVE_RELEASE_PER_MINUTE: string?

  @description('Optional. Who gets the closed day\'s report by mail, comma-separated. Default: nobody.')
  HVE_REPORT_RECIPIENTS: string?

  @description('Optional. Percent of the messages whose trace is kept though nothing failed. Default: 1.')
  HVE_TRACE_SAMPLE_PERCENT: string?

  @description('Optional. `on`: log lines for each message too, which are most of what a log costs. Default: off.')
  HVE_LOG_DETAILS: string?

  @description('Optional. Days that an idempotency key is remembered. Default: 7.')
  HVE_IDEMPOTENCY_DAYS: string?

  @description('Optional. Days that the content of a message is kept after its final status. Default: 7.')
  HVE_RETENTION_PAYLOAD_DAYS: string?

  @description('Optional. Days that the record of a message is kept after its final status. Default: 30.')
  HVE_RETENTION_ROW_DAYS: string?

  @description('Optional. Days that the daily counts are kept. Default: 400.')
  HVE_RETENTION_COUNT_DAYS: string?

  @description('Optional. What the names of the tables begin with. Default: nothing.')
  HVE_TABLE_PREFIX: string?
}

@export()
@description('Entra ID before the HTTP API, in place of keys: whoever has no token of an allowed client, with a role of the application, gets 401 or 403.')
@sealed()
type entraAuthentication = {
  @description('Required. The client id of the application that stands for the API. Its access tokens must be of version 2.')
  clientId: string

  @description('Optional. Its tenant. Default: the tenant of the deployment.')
  tenantId: string?

  @description('Required. The client ids of the applications and managed identities that may call, at least one.')
  @minLength(1)
  allowedClientIds: string[]
}

@export()
@description('Who is alerted, and when.')
@sealed()
type alertOptions = {
  @description('Optional. Whom alerts are mailed to. Default: nobody; they show in the portal.')
  emails: string[]?

  @description('Optional. Resource ids of further action groups. Default: none.')
  actionGroupIds: string[]?

  @description('Optional. False keeps the rules but silent, while the app is set up for instance. Default: true.')
  enabled: bool?

  @description('Optional. From which percent of a limit on there is a warning. Default: 80.')
  @minValue(1)
  @maxValue(100)
  quotaWarningPercent: int?

  @description('Optional. From which percent of a limit on it is an error. Default: 95.')
  @minValue(1)
  @maxValue(100)
  quotaErrorPercent: int?

  @description('Optional. How many minutes the oldest item of a queue may wait. Default: 15.')
  @minValue(1)
  queueAgeMinutes: int?

  @description('Optional. How many dead letters within 15 minutes are worth an alert. Default: 1.')
  @minValue(1)
  deadLetters: int?
}
