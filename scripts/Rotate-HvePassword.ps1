#Requires -Version 7.2

<#
.SYNOPSIS
Gives High Volume Email accounts new random passwords, in Key Vault and in Entra ID, without anybody seeing them.

.DESCRIPTION
For each account a new random password is written to its secret as a new version, marked as pending; then it is set in
Entra ID; then the mark is taken off.

The vault comes first, so that the app finds the new password at the moment the old one is refused: it keeps a password
for up to ten minutes, and when HVE refuses it, reads the secret anew once and tries again. So mail goes on during a
rotation: at most, each instance of the app has one login refused. The other order would leave a gap in which the app
reads the old password twice and pauses the account.

If Entra ID refuses the new password (a missing right, say), the old one becomes the secret's current version again, and
nothing has changed. If the run dies, or the connection is lost, after the vault was written, the pending mark tells the
next run: it sets that same password again, which does no harm if it was set already, and completes the rotation. Until
then the app goes on with the old password for up to ten minutes, then its mail waits (nothing is lost) and goes on by
itself after the next run.

.PARAMETER Account
The addresses of the HVE accounts.

.PARAMETER VaultName
The Key Vault's name: azd env get-value AZURE_KEY_VAULT_NAME.

.PARAMETER SecretName
The secret's name, for a single account whose secret has another name than usual. Default: hve@contoso.com becomes
hve-contoso-com.

.PARAMETER OlderThanDays
Rotates only what is at least so many days old, so that a scheduled run can be repeated. An unfinished rotation is
completed whatever its age. Default: 0, which rotates each time.

.PARAMETER AllowNewSecret
Also where the vault has no such secret yet: for an account that was made by hand. Whoever uses the present password is
locked out.

.EXAMPLE
./Rotate-HvePassword.ps1 -Account hve@contoso.com -VaultName kv-mail-prod -WhatIf

Says what would be done. Nothing is changed.

.EXAMPLE
./Rotate-HvePassword.ps1 -Account hve@contoso.com -VaultName (azd env get-value AZURE_KEY_VAULT_NAME)

Asks, then rotates the password of one account.

.EXAMPLE
./Rotate-HvePassword.ps1 hve@contoso.com, payroll@contoso.com -VaultName kv-mail-prod -OlderThanDays 90 -Confirm:$false

For a scheduled job: rotates without asking what is 90 days old, and finishes what an earlier run left unfinished.

.INPUTS
None.

.OUTPUTS
For each account: Account, SecretName, Version, Action (Rotated, Completed, Unchanged, Skipped).

.NOTES
Modules: ExchangeOnlineManagement, Microsoft.Graph.Authentication, Az.Accounts, Az.KeyVault. Roles: one that reads
recipients in Exchange; User Administrator in Entra ID; Key Vault Secrets Officer on the vault. Sign in first:
Connect-ExchangeOnline, Connect-MgGraph -Scopes User-PasswordProfile.ReadWrite.All, and Connect-AzAccount.
Devices that log in with the same account need the new password by hand; give them an account of their own. Exchange may
take the old password for some minutes more. Where it refuses both for a moment, the app pauses the account and tries it
again after a minute, by itself; no mail fails.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
[OutputType([pscustomobject])]
param(
  [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string[]] $Account,
  [Parameter(Mandatory)] [ValidatePattern('^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$')] [string] $VaultName,
  [ValidatePattern('^[0-9A-Za-z-]{1,127}$')] [string] $SecretName,
  [ValidateRange(0, 3650)] [int] $OlderThanDays = 0,
  [switch] $AllowNewSecret
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$modules = 'Hve', 'HvePassword' | ForEach-Object { Join-Path $PSScriptRoot "modules/$_.psm1" }
Import-Module $modules -Force -Verbose:$false

# Graph's permission for setting passwords, and nothing else.
$scope = 'User-PasswordProfile.ReadWrite.All'

# The account's present secret; an error where there is none, or where it is somebody else's.
function Get-PresentSecret([string] $Address, [string] $Name) {
  $secret = Read-HveSecret -VaultName $VaultName -Name $Name
  if ($secret) {
    Assert-HveSecretOwner -VaultName $VaultName -Name $Name -Address $Address -Owner $secret.Account
    return $secret
  }
  if ($AllowNewSecret) { return }
  throw (ConvertTo-HveError -Id 'NoSecret' -What "The vault $VaultName has no secret $Name." `
      -Cause "-VaultName or -SecretName is wrong, or $($Address)'s password was never put there." `
      -Remedy ('Correct the name; or add -AllowNewSecret, which sets a new password and locks out whoever uses the ' +
        'present one.'))
}

function Test-IsDue([object] $Secret) {
  if (-not $Secret -or $Secret.IsPending -or $OlderThanDays -eq 0) { return $true }
  # Without a date nobody can say that it is young.
  if (-not $Secret.Since) { return $true }
  ([datetime] $Secret.Since).ToUniversalTime() -le [datetime]::UtcNow.AddDays(-$OlderThanDays)
}

# Puts the old password back and says in what state the vault is.
function Restore-Secret([string] $VaultName, [string] $Name, [string] $Address, [hashtable] $Tag, [object] $Old) {
  try {
    $since = if ($Old.Since) { @{ Since = $Old.Since } } else { @{} }
    $null = Write-HveSecret -VaultName $VaultName -Name $Name -Address $Address -Tag $Tag -Value $Old.Value @since
    'The vault has the old password again: nothing has changed.'
  } catch {
    'The new password is in the vault, marked as pending: the old one could not be put back. ' +
    "($(Get-HveReason -ErrorRecord $_))"
  }
}

function Invoke-Rotation([object] $User, [string] $Name, [object] $Secret) {
  $address = "$($User.PrimarySmtpAddress)"
  $where = @{ VaultName = $VaultName; Name = $Name }
  $what = @{ Address = $address; Tag = $(if ($Secret) { $Secret.Tag } else { @{} }) }
  $isContinued = $Secret -and $Secret.IsPending
  if ($isContinued) {
    # The app may have read this password already, and Exchange may have it: another one would help nobody.
    $password = $Secret.Value
    $version = $Secret.Version
  } else {
    $password = Get-HveRandomPassword
    $version = Write-HveSecret @where @what -Value $password -Pending
  }
  # From here to the end, a run that dies leaves the pending mark, and the next run comes here with the same password.
  $sent = Send-HvePassword -UserId (Get-HveUserId -Account $User) -Password $password
  switch ($sent.Outcome) {
    'set' {
      Complete-HveSecret @where -Version $version
      $action = if ($isContinued) { 'Completed' } else { 'Rotated' }
      [pscustomobject]@{ Account = $address; SecretName = $Name; Version = $version; Action = $action }
    }
    'refused' {
      $after = if ($Secret -and -not $isContinued) { Restore-Secret @where @what -Old $Secret } else {
        'The new password is in the vault, marked as pending.'
      }
      throw (ConvertTo-HveError -Id 'PasswordRefused' `
          -What "Entra ID did not take the new password of $address. $after" -Cause $sent.Reason `
          -Remedy ('If a right is missing: activate the role User Administrator, run Connect-MgGraph -Scopes ' +
            "$scope. Then run this again."))
    }
    default {
      throw (ConvertTo-HveError -Id 'OutcomeUnknown' `
          -What "Whether Entra ID took the new password of $address is not known. The vault has it, marked as pending." `
          -Cause $sent.Reason `
          -Remedy ('Run this again now: it sets the same password once more. Until then the account may stop sending ' +
            'within ten minutes; its mail waits.'))
    }
  }
}

try {
  Assert-HveSession -Service Exchange -Cmdlet Get-MailUser
  Assert-HveSession -Service Graph -Cmdlet Invoke-MgGraphRequest -Scope $scope
  Assert-HveSession -Service Azure -Cmdlet Get-AzKeyVaultSecret, Set-AzKeyVaultSecret, Update-AzKeyVaultSecret
  if ($SecretName -and $Account.Count -gt 1) {
    throw (ConvertTo-HveError -Id 'OneSecretForMany' -What '-SecretName goes with one account only.' `
        -Cause "$($Account.Count) accounts were given." `
        -Remedy 'Run this once for each account whose secret has a name of its own.')
  }
  # All accounts and secrets are looked at before the first password is changed.
  $all = @(Get-HveAccount)
  $work = @(foreach ($address in $Account) {
      $user = Select-HveAccount -All $all -Address $address
      $name = if ($SecretName) { $SecretName } else { Get-HveSecretName -Address $address }
      @{ User = $user; Name = $name; Secret = Get-PresentSecret -Address "$($user.PrimarySmtpAddress)" -Name $name }
    })
  foreach ($item in $work) {
    $address = "$($item.User.PrimarySmtpAddress)"
    $isPending = (Get-HveProperty -InputObject $item.Secret -Name IsPending) -eq $true
    $doing = if ($isPending) { 'Complete the unfinished rotation' } else { 'Set a new random password' }
    if (-not (Test-IsDue -Secret $item.Secret)) {
      $action = 'Unchanged'
    } elseif (-not $PSCmdlet.ShouldProcess($address, "$doing, through the secret $($item.Name) of $VaultName")) {
      $action = 'Skipped'
    } else {
      Invoke-Rotation -User $item.User -Name $item.Name -Secret $item.Secret
      continue
    }
    [pscustomobject]@{
      Account = $address; SecretName = $item.Name
      Version = Get-HveProperty -InputObject $item.Secret -Name Version; Action = $action
    }
  }
} catch {
  $roles = 'User Administrator in Entra ID, and Key Vault Secrets Officer on the vault'
  $PSCmdlet.ThrowTerminatingError((Resolve-HveError -ErrorRecord $_ -Roles $roles))
}
