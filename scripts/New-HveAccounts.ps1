#Requires -Version 7.2

<#
.SYNOPSIS
Creates or updates High Volume Email accounts from a CSV file; their passwords go straight into Key Vault.

.DESCRIPTION
For each row of the file the account is created if there is none with that address, with a random password that nobody
gets to see: it is written to Key Vault and nowhere else. For an account that exists, the display name, the reply-to
address and the billing policy are brought to what the row says; its password is left alone.

Columns of the file (the first row names them; only Address is required, and an empty cell leaves a setting as it is):

  Address          the account's address: login and From
  Name             its unique name in Exchange, up to 64 characters; default: the part before the @
  DisplayName      what recipients see
  SecretName       the secret's name in Key Vault; default: hve@contoso.com becomes hve-contoso-com
  ReplyTo          where answers go
  BillingPolicyId  the billing policy's GUID, see Get-BillingPolicy -ResourceType HVE

Run it as often as you like: what is right already is not touched. The whole file is checked before anything is changed.

The password is written to Key Vault first, then the account is created with it. If the run ends in between, the next
one finds the secret without an account and creates the account with that very password. An account that exists while
the vault has no password for it (it was made by hand) is reported, never reset: somebody may be using it.
Rotate-HvePassword.ps1 gives it a new one.

.PARAMETER Path
The CSV file, in UTF-8.

.PARAMETER VaultName
The Key Vault's name: azd env get-value AZURE_KEY_VAULT_NAME.

.PARAMETER HveProfile
The limits that hold for the tenant, as in the app's setting HVE_PROFILE: preview-2024 (20 accounts, the default) or
ga-2026 (100). -Profile is the same.

.PARAMETER Delimiter
What stands between the columns. Default: a comma. Excel writes a semicolon in many languages.

.EXAMPLE
./New-HveAccounts.ps1 -Path ./accounts.csv -VaultName kv-mail-prod -WhatIf

Checks the file against the tenant and says what would be done. Nothing is changed.

.EXAMPLE
./New-HveAccounts.ps1 -Path ./accounts.csv -VaultName (azd env get-value AZURE_KEY_VAULT_NAME)

Creates or updates the accounts in the vault of the azd environment, and prints the line that tells the app of them.

.INPUTS
None.

.OUTPUTS
For each row: Address, SecretName, Action (Created, Updated, Unchanged, Skipped, Failed), Changes, Problem.

.NOTES
Modules: ExchangeOnlineManagement, Az.Accounts, Az.KeyVault. Roles: Exchange Administrator, and Key Vault Secrets
Officer on the vault. Sign in first: Connect-ExchangeOnline and Connect-AzAccount. Ends with an error if any row failed.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
[OutputType([pscustomobject])]
param(
  [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Path,
  [Parameter(Mandatory)] [ValidatePattern('^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$')] [string] $VaultName,
  [Alias('Profile')] [ValidateSet('preview-2024', 'ga-2026')] [string] $HveProfile = 'preview-2024',
  [char] $Delimiter = ','
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$modules = 'Hve', 'HvePassword', 'HveAccountFile' | ForEach-Object { Join-Path $PSScriptRoot "modules/$_.psm1" }
Import-Module $modules -Force -Verbose:$false

# Stops where the address belongs to a mailbox or to anything else.
function Assert-AddressIsFree([object] $Row) {
  # That nobody has it is the good case, and an error of the cmdlet: silent. What else may be wrong, New-MailUser says.
  $other = Get-Recipient -Identity $Row.Address -ErrorAction SilentlyContinue
  if (-not $other) { return }
  throw (ConvertTo-HveError -Id 'AddressTaken' -What "$($Row.Address) cannot become an HVE account." `
      -Cause "The address belongs to $($other.Name), a $($other.RecipientTypeDetails)." `
      -Remedy 'Choose another address, or free this one.')
}

# Creates the account. The vault first: from then on a run that dies loses nothing, the next finds the password there.
function Add-Account([object] $Row, [object] $Secret) {
  if ($Secret) {
    Write-Verbose "$($Row.Address): takes the password that the secret $($Row.SecretName) has already"
    $password = $Secret.Value
  } else {
    $password = Get-HveRandomPassword
    $null = Write-HveSecret -VaultName $VaultName -Name $Row.SecretName -Value $password -Address $Row.Address
  }
  # If this fails, or its answer is lost, the next run finds the secret, and the account or not: both go on from there.
  Register-HveAccount -Address $Row.Address -Name $Row.Name -DisplayName $Row.DisplayName -Password $password
}

# What differs from the row. A new account has Exchange's defaults: there is nothing to ask for.
function Find-Change([object] $Row, [object] $Account) {
  if ($Account -and $Row.DisplayName -and $Account.DisplayName -cne $Row.DisplayName) {
    @{ Name = 'DisplayName'; Cmdlet = 'Set-MailUser' }
  }
  if ($Row.ReplyTo) {
    $settings = if ($Account) { Get-HVEAccountSettings -Identity $Row.Address -ErrorAction Stop }
    if ("$(Get-HveProperty -InputObject $settings -Name ReplyTo)" -ne $Row.ReplyTo) {
      @{ Name = 'ReplyTo'; Cmdlet = 'Set-HVEAccountSettings' }
    }
  }
  if ($Row.BillingPolicyId) {
    $billing = if ($Account) { Get-HVEAccountBillingPolicy -Identity $Row.Address -ErrorAction Stop }
    if ("$(Get-HveProperty -InputObject $billing -Name BillingPolicyId)" -ne $Row.BillingPolicyId) {
      @{ Name = 'BillingPolicyId'; Cmdlet = 'Set-HVEAccountBillingPolicy' }
    }
  }
}

# Brings one account to what its row says, and says what was done.
function Sync-Account([object] $Row, [object] $Account) {
  $result = [pscustomobject]@{
    Address = $Row.Address; SecretName = $Row.SecretName; Action = 'Unchanged'; Changes = @(); Problem = ''
  }
  try {
    if (-not $Account) { Assert-AddressIsFree -Row $Row }
    $secret = Read-HveSecret -VaultName $VaultName -Name $Row.SecretName
    if ($secret) {
      Assert-HveSecretOwner -VaultName $VaultName -Name $Row.SecretName -Address $Row.Address -Owner $secret.Account
    }
    if (-not $Account) {
      $what = "Create HVE account, its random password into the secret $($Row.SecretName) of the vault $VaultName"
      if (-not $PSCmdlet.ShouldProcess($Row.Address, $what)) { $result.Action = 'Skipped'; return $result }
      Add-Account -Row $Row -Secret $secret
      $result.Action = 'Created'
    }
    foreach ($change in Find-Change -Row $Row -Account $Account) {
      $value = @{ $change.Name = $Row.($change.Name) }
      if ($PSCmdlet.ShouldProcess($Row.Address, "Set $($change.Name) to $($Row.($change.Name))")) {
        $null = & $change.Cmdlet -Identity $Row.Address @value -ErrorAction Stop -Confirm:$false
        $result.Changes += $change.Name
        if ($Account) { $result.Action = 'Updated' }
      } elseif ($result.Action -eq 'Unchanged') { $result.Action = 'Skipped' }
    }
    if ($Account) { Assert-PasswordIsKnown -Row $Row -Secret $secret }
  } catch {
    $result.Action = 'Failed'
    $result.Problem = Get-HveReason -ErrorRecord $_
  }
  $result
}

# An account that exists is of use to the app only if the vault has the password that Exchange has.
function Assert-PasswordIsKnown([object] $Row, [object] $Secret) {
  $rotate = "./Rotate-HvePassword.ps1 -Account $($Row.Address) -VaultName $VaultName -SecretName $($Row.SecretName)"
  if (-not $Secret) {
    throw (ConvertTo-HveError -Id 'NoPassword' `
        -What "$($Row.Address) exists, but the vault $VaultName has no secret $($Row.SecretName)." `
        -Cause 'The account was not made by this script, or the row names another secret than before.' `
        -Remedy ('Correct SecretName; or put the password there; or set a new one, which locks out whoever uses the ' +
          "present one: $rotate -AllowNewSecret"))
  }
  if ($Secret.IsPending) {
    throw (ConvertTo-HveError -Id 'RotationUnfinished' `
        -What "The last rotation of $($Row.Address)'s password did not come to its end." `
        -Cause 'The vault has the new password; whether Exchange has it is not known.' -Remedy "Run: $rotate")
  }
}

try {
  Assert-HveSession -Service Exchange -Cmdlet New-MailUser, Get-MailUser, Set-MailUser, Get-Recipient, Get-AcceptedDomain
  Assert-HveSession -Service Azure -Cmdlet Get-AzKeyVaultSecret, Set-AzKeyVaultSecret
  $domains = @(Get-AcceptedDomain -ErrorAction Stop | ForEach-Object { "$($_.DomainName)".ToLowerInvariant() })
  $rows = @(Read-HveAccountFile -Path $Path -Delimiter $Delimiter -AcceptedDomain $domains)
  if (@($rows | Where-Object { $_.ReplyTo }).Count -gt 0) {
    Assert-HveSession -Service Exchange -Cmdlet Get-HVEAccountSettings, Set-HVEAccountSettings
  }
  if (@($rows | Where-Object { $_.BillingPolicyId }).Count -gt 0) {
    Assert-HveSession -Service Exchange -Cmdlet Get-HVEAccountBillingPolicy, Set-HVEAccountBillingPolicy
  }

  $existing = @(Get-HveAccount)
  $taken = @($existing | ForEach-Object { $_.PrimarySmtpAddress })
  $new = @($rows | Where-Object { $_.Address -notin $taken })
  $limit = Get-HveAccountLimit -HveProfile $HveProfile
  if ($new.Count -gt 0 -and $existing.Count + $new.Count -gt $limit) {
    throw (ConvertTo-HveError -Id 'TooManyAccounts' `
        -What "$($new.Count) new accounts are too many; nothing was changed." `
        -Cause "The tenant has $($existing.Count) HVE accounts, and $limit is the limit of $HveProfile." `
        -Remedy 'Take rows out of the file, remove accounts that nobody uses, or give the -HveProfile that holds.')
  }

  $results = @(foreach ($row in $rows) {
      Sync-Account -Row $row -Account ($existing | Where-Object { $_.PrimarySmtpAddress -eq $row.Address })
    })
  $results

  $failed = @($results | Where-Object Action -EQ 'Failed')
  $usable = @($results | Where-Object { $_.Action -notin 'Failed', 'Skipped' })
  if ($usable.Count -gt 0) {
    # An apostrophe in an address is escaped with the rest that HTML minds: the line is quoted with apostrophes.
    # The display name too: what recipients see is what the app writes into From, not what Exchange has.
    # Not $usable.Address: an array has a method of that name.
    $addresses = @($usable | ForEach-Object { $_.Address })
    $setting = ConvertTo-Json -Compress -EscapeHandling EscapeHtml -InputObject @(
      $rows | Where-Object { $_.Address -in $addresses } | ForEach-Object {
        $account = [ordered]@{ address = $_.Address; secret = $_.SecretName }
        if ($_.DisplayName) { $account.displayName = $_.DisplayName }
        $account
      })
    Write-Information -InformationAction Continue `
      "For the app, if these are all its accounts: azd env set HVE_ACCOUNTS '$setting'; azd provision"
  }
  if ($failed.Count -gt 0) {
    throw (ConvertTo-HveError -Id 'RowsFailed' `
        -What "$($failed.Count) of $($rows.Count) accounts are not as the file says." `
        -Cause (@($failed | ForEach-Object { "[$($_.Address)] $($_.Problem)" }) -join ' ') `
        -Remedy 'Cure what is said there and run this again: it goes on where it stopped.')
  }
} catch {
  $roles = 'Exchange Administrator, and Key Vault Secrets Officer on the vault'
  $PSCmdlet.ThrowTerminatingError((Resolve-HveError -ErrorRecord $_ -Roles $roles))
}
