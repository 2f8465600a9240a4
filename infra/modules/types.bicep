// Types that more than one file uses.

@export()
@description('A sender account: an HVE account of the tenant. Its address is the From and the login.')
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

  @description('Optional. The most recipients a day that may go through this account.')
  @minValue(0)
  quotaPerDay: int?
}
