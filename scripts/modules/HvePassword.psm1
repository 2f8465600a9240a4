#Requires -Version 7.2
# The only place where the scripts handle passwords. The rules, each for a reason:
# - A password is a SecureString from its first character on. No variable and no parameter of type string ever holds
#   one, so neither a transcript, nor module logging (which writes the values of parameters), nor Set-PSDebug shows it.
# - -Debug and -Verbose are off for every cmdlet that gets one, whatever the operator asked for: with -Debug those of
#   Azure and Graph print their requests, passwords included.
# - An error of such a cmdlet is not passed on, only its text, and is taken out of $Error: the record can hold the request.
# - Only the body of the request to Graph needs the plain text. It is made in that expression and kept nowhere.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot 'Hve.psm1') -Verbose:$false

# Whom a secret belongs to, so that one account never gets another one's password.
$AccountTag = 'hveAccount'
# On a version that is in the vault already while Exchange may not have it yet.
$RotationTag = 'hveRotation'
# Since when a password holds. A version's own date is later where an old password was put back.
$SinceTag = 'hvePasswordSince'

# 32 characters out of 68 are 194 bits; Entra ID takes 8 to 256, of three kinds at least.
$PasswordLength = 32
$CharacterGroups = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz', '0123456789', '-_.+=!'

# A request whose fate is unknown goes a second time; setting the same password twice is harmless.
$SetPasswordTries = 2
$RetryDelaySeconds = 2

function Get-HveRandomPassword {
  <#
  .SYNOPSIS
  A new random password, with a character of every group.
  #>
  [CmdletBinding()]
  [OutputType([securestring])]
  param()
  $every = -join $CharacterGroups
  $password = [securestring]::new()
  for ($i = 0; $i -lt $PasswordLength; $i++) {
    $group = if ($i -lt $CharacterGroups.Count) { $CharacterGroups[$i] } else { $every }
    $password.InsertAt([System.Security.Cryptography.RandomNumberGenerator]::GetInt32($i + 1),
      $group[[System.Security.Cryptography.RandomNumberGenerator]::GetInt32($group.Length)])
  }
  $password.MakeReadOnly()
  $password
}

function Read-HveSecret {
  <#
  .SYNOPSIS
  The current version of an account's secret, or nothing: Version, Since, Value (SecureString), Account, IsPending, Tag.
  #>
  [CmdletBinding()]
  param([Parameter(Mandatory)] [string] $VaultName, [Parameter(Mandatory)] [string] $Name)
  try {
    $secret = Get-AzKeyVaultSecret -VaultName $VaultName -Name $Name -ErrorAction Stop -Verbose:$false -Debug:$false
  } catch {
    throw (ConvertTo-HveVaultError -VaultName $VaultName -Name $Name -Doing 'be read' -ErrorRecord $_)
  }
  if ($null -eq $secret) { return }
  $tag = @{}
  $found = Get-HveProperty -InputObject $secret -Name Tags
  if ($null -ne $found) { foreach ($key in @($found.Keys)) { $tag[$key] = $found[$key] } }
  $since = Get-HveProperty -InputObject $secret -Name Created
  if ($tag[$SinceTag]) {
    $since = [datetime]::Parse($tag[$SinceTag], [cultureinfo]::InvariantCulture, 'AdjustToUniversal, AssumeUniversal')
  }
  [pscustomobject]@{
    Version   = $secret.Version
    Since     = $since
    Value     = $secret.SecretValue
    Account   = $tag[$AccountTag]
    IsPending = $tag[$RotationTag] -eq 'pending'
    Tag       = $tag
  }
}

function Assert-HveSecretOwner {
  <#
  .SYNOPSIS
  Stops where a secret belongs to another account, or to nobody known.
  .DESCRIPTION
  A secret without a mark of these scripts counts as the account's if it has the account's usual name: azd's hook, or a
  person, put it there.
  #>
  [CmdletBinding()]
  param(
    [Parameter(Mandatory)] [string] $VaultName,
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [string] $Address,
    [Parameter(Mandatory)] [AllowNull()] [AllowEmptyString()] [string] $Owner
  )
  if ($Owner -eq $Address -or (-not $Owner -and $Name -eq (Get-HveSecretName -Address $Address))) { return }
  throw (ConvertTo-HveError -Id 'SecretTaken' -What "The secret $Name in the vault $VaultName is not $($Address)'s." `
      -Cause $(if ($Owner) { "It was made for $Owner." } else { 'Nothing says whose it is.' }) `
      -Remedy ("Give another secret's name; or, if it is $($Address)'s indeed, say so: Update-AzKeyVaultSecret " +
        "-VaultName $VaultName -Name $Name -Tag @{ $AccountTag = '$Address' }"))
}

function Write-HveSecret {
  <#
  .SYNOPSIS
  Writes a new version of an account's secret and returns the version.
  #>
  [CmdletBinding()]
  [OutputType([string])]
  param(
    [Parameter(Mandatory)] [string] $VaultName,
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [securestring] $Value,
    [Parameter(Mandatory)] [string] $Address,
    [hashtable] $Tag = @{},
    # Since when it holds; default: from now on.
    [datetime] $Since = [datetime]::UtcNow,
    [switch] $Pending
  )
  $merged = $Tag.Clone()
  $merged[$AccountTag] = $Address
  $merged[$SinceTag] = $Since.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
  $merged.Remove($RotationTag)
  if ($Pending) { $merged[$RotationTag] = 'pending' }
  try {
    $secret = Set-AzKeyVaultSecret -VaultName $VaultName -Name $Name -SecretValue $Value -Tag $merged `
      -ContentType 'password of an HVE account' -ErrorAction Stop -Verbose:$false -Debug:$false -Confirm:$false
    $secret.Version
  } catch {
    throw (ConvertTo-HveVaultError -VaultName $VaultName -Name $Name -Doing 'be written' -ErrorRecord $_)
  }
}

function Complete-HveSecret {
  <#
  .SYNOPSIS
  Takes the mark of an unfinished rotation off the current version of a secret. Its value and its other tags stay.
  #>
  [CmdletBinding()]
  param(
    [Parameter(Mandatory)] [string] $VaultName,
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [string] $Version
  )
  $current = Read-HveSecret -VaultName $VaultName -Name $Name
  # Somebody has written another one meanwhile: this one's mark does not count any more.
  if ($null -eq $current -or $current.Version -ne $Version) { return }
  $left = $current.Tag.Clone()
  $left.Remove($RotationTag)
  try {
    $null = Update-AzKeyVaultSecret -VaultName $VaultName -Name $Name -Version $Version -Tag $left `
      -ErrorAction Stop -Verbose:$false -Debug:$false -Confirm:$false
  } catch {
    throw (ConvertTo-HveVaultError -VaultName $VaultName -Name $Name -Doing 'be marked as complete' -ErrorRecord $_)
  }
}

function Register-HveAccount {
  <#
  .SYNOPSIS
  Creates an HVE account with a password.
  #>
  [CmdletBinding()]
  param(
    [Parameter(Mandatory)] [string] $Address,
    [Parameter(Mandatory)] [string] $Name,
    [string] $DisplayName,
    [Parameter(Mandatory)] [securestring] $Password
  )
  $optional = if ($DisplayName) { @{ DisplayName = $DisplayName } } else { @{} }
  try {
    $null = New-MailUser -HVEAccount -Name $Name -PrimarySmtpAddress $Address -Password $Password @optional `
      -ErrorAction Stop -Verbose:$false -Debug:$false -Confirm:$false
  } catch {
    $reason = Get-HveReason -ErrorRecord $_
    Remove-KeptError -ErrorRecord $_
    throw (ConvertTo-HveError -Id 'NotCreated' -What "$Address could not be created, or Exchange did not say so." `
        -Cause $reason -Remedy 'Cure what Exchange says, then run this again: it goes on with the same password.')
  }
}

function Send-HvePassword {
  <#
  .SYNOPSIS
  Sets an account's password in Entra ID. Returns Outcome (set, refused, unknown) and Reason, and does not throw.
  #>
  [CmdletBinding()]
  param([Parameter(Mandatory)] [string] $UserId, [Parameter(Mandatory)] [securestring] $Password)
  # Not Set-MailUser -Password, with which users change their own password only; and not Update-MgUser, whose parameter
  # for it is an object that module logging would write out, password and all. A hashtable is logged as its type's name.
  $quiet = @{ ErrorAction = 'Stop'; Verbose = $false; Debug = $false }
  for ($try = 1; $true; $try++) {
    try {
      $null = Invoke-MgGraphRequest -Method PATCH -Uri "v1.0/users/$([uri]::EscapeDataString($UserId))" @quiet -Body @{
        passwordProfile = @{
          password                      = [System.Net.NetworkCredential]::new('', $Password).Password
          forceChangePasswordNextSignIn = $false
        }
      }
      return [pscustomobject]@{ Outcome = 'set'; Reason = '' }
    } catch {
      $reason = Get-HveReason -ErrorRecord $_
      $response = Get-HveProperty -InputObject $_.Exception -Name Response
      $status = [int](Get-HveProperty -InputObject $response -Name StatusCode)
      Remove-KeptError -ErrorRecord $_
      # 4xx: Entra ID has read it and said no. All else (a lost connection, 429, 5xx) may or may not have been done.
      if ($status -ge 400 -and $status -lt 500 -and $status -notin 408, 429) {
        return [pscustomobject]@{ Outcome = 'refused'; Reason = $reason }
      }
      if ($try -ge $SetPasswordTries) { return [pscustomobject]@{ Outcome = 'unknown'; Reason = $reason } }
      Start-Sleep -Seconds $RetryDelaySeconds
    }
  }
}

# PowerShell keeps every error in $Error, for whoever looks there later.
function Remove-KeptError([System.Management.Automation.ErrorRecord] $ErrorRecord) {
  $same = @($global:Error | Where-Object { (Get-HveProperty -InputObject $_ -Name Exception) -eq $ErrorRecord.Exception })
  foreach ($one in $same) { $global:Error.Remove($one) }
}

# Key Vault's errors by what is to be done. The first match wins; the last one takes everything.
function ConvertTo-HveVaultError {
  param([string] $VaultName, [string] $Name, [string] $Doing, [System.Management.Automation.ErrorRecord] $ErrorRecord)
  $reason = Get-HveReason -ErrorRecord $ErrorRecord
  Remove-KeptError -ErrorRecord $ErrorRecord
  $remedy = switch -Regex ($reason) {
    'deleted but recoverable|ObjectIsDeletedButRecoverable' {
      'The name belongs to a deleted secret. Bring it back, then run this again: ' +
      "Undo-AzKeyVaultSecretRemoval -VaultName $VaultName -Name $Name"
      break
    }
    'ForbiddenByFirewall|public network access is disabled|not a trusted service' {
      'The vault takes nothing from this network. Run this inside the private network.'
      break
    }
    'Forbidden|403|does not have secrets' {
      "Ask for the role Key Vault Secrets Officer on the vault $VaultName; it takes some minutes to count."
      break
    }
    'No such host|Name or service not known|could not be resolved|nodename nor servname' {
      'Correct -VaultName (azd env get-value AZURE_KEY_VAULT_NAME says it), or mend the name resolution.'
      break
    }
    default { 'Cure what Key Vault says, then run this again: it goes on where it stopped.' }
  }
  ConvertTo-HveError -Id 'Vault' -What "The secret $Name in the vault $VaultName could not $Doing." `
    -Cause $reason -Remedy $remedy
}

Export-ModuleMember -Function Get-HveRandomPassword, Read-HveSecret, Assert-HveSecretOwner, Write-HveSecret,
  Complete-HveSecret, Register-HveAccount, Send-HvePassword
