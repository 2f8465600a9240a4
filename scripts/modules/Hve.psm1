#Requires -Version 7.2
# What the scripts for the tenant's side share: errors, sessions, HVE accounts, authentication policies.
# Exchange Online's, Graph's and Azure's cmdlets live in modules of their own and do not see a script's
# $ErrorActionPreference: every call of one says -ErrorAction Stop, or a failure would pass for an empty answer.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# Accounts that a tenant may have, by the app's profiles of limits (HVE_PROFILE in docs/configuration.md).
$AccountLimits = @{ 'preview-2024' = 20; 'ga-2026' = 100 }

# Where a cmdlet comes from, for whoever lacks it; and the line that opens a session there.
$Services = @{
  Exchange = @{ Name = 'Exchange Online'; Module = 'ExchangeOnlineManagement'; Connect = 'Connect-ExchangeOnline' }
  Graph    = @{
    Name    = 'Microsoft Graph'
    Module  = 'Microsoft.Graph.Authentication, Microsoft.Graph.Applications, Microsoft.Graph.Identity.SignIns, ' +
    'Microsoft.Graph.Users'
    Connect = 'Connect-MgGraph'
  }
  Azure    = @{ Name = 'Azure'; Module = 'Az.Accounts, Az.KeyVault'; Connect = 'Connect-AzAccount' }
}

function ConvertTo-HveError {
  <#
  .SYNOPSIS
  Makes an error record of what happened, why, and what to do about it.
  #>
  [CmdletBinding()]
  [OutputType([System.Management.Automation.ErrorRecord])]
  param(
    [Parameter(Mandatory)] [string] $Id,
    [Parameter(Mandatory)] [string] $What,
    [Parameter(Mandatory)] [string] $Cause,
    [Parameter(Mandatory)] [string] $Remedy
  )
  # The original exception is not kept inside: it can hold a request, and a request can hold a password.
  $exception = [System.InvalidOperationException]::new("$What Cause: $Cause Remedy: $Remedy")
  [System.Management.Automation.ErrorRecord]::new($exception, "Hve.$Id", 'InvalidOperation', $null)
}

function Get-HveReason {
  <#
  .SYNOPSIS
  What a service said of a failure, in one line that ends with a full stop.
  #>
  [CmdletBinding()]
  [OutputType([string])]
  param([Parameter(Mandatory)] [System.Management.Automation.ErrorRecord] $ErrorRecord)
  $said = $ErrorRecord.Exception.Message
  # Graph puts its own words into the details, as JSON; the exception then says only "Forbidden".
  if ($null -ne $ErrorRecord.ErrorDetails -and $ErrorRecord.ErrorDetails.Message) {
    $said = $ErrorRecord.ErrorDetails.Message
    try { $said = (ConvertFrom-Json -InputObject $said).error.message } catch { Write-Debug 'Plain text, no JSON.' }
  }
  $line = ($said -replace '\s+', ' ').Trim()
  if ($line.EndsWith('.')) { $line } else { "$line." }
}

function Resolve-HveError {
  <#
  .SYNOPSIS
  The error that a script ends with: one of its own as it is, one of a service with what to do about it.
  #>
  [CmdletBinding()]
  [OutputType([System.Management.Automation.ErrorRecord])]
  param(
    [Parameter(Mandatory)] [System.Management.Automation.ErrorRecord] $ErrorRecord,
    [Parameter(Mandatory)] [string] $Roles
  )
  if ($ErrorRecord.FullyQualifiedErrorId -like 'Hve.*') { return $ErrorRecord }
  ConvertTo-HveError -Id 'Service' -What "$($ErrorRecord.InvocationInfo.MyCommand) failed." `
    -Cause (Get-HveReason -ErrorRecord $ErrorRecord) `
    -Remedy "If a right is missing: $Roles. Then run this again: what is done already is not done twice."
}

function Get-HveProperty {
  <#
  .SYNOPSIS
  A property's value, or nothing where the object has no such property: what a service returns varies with its version.
  #>
  [CmdletBinding()]
  param([Parameter(Mandatory)] [AllowNull()] [object] $InputObject, [Parameter(Mandatory)] [string] $Name)
  if ($null -eq $InputObject) { return }
  if ($InputObject -is [System.Collections.IDictionary]) { return $InputObject[$Name] }
  $property = $InputObject.PSObject.Properties[$Name]
  if ($null -ne $property) { $property.Value }
}

function Assert-HveSession {
  <#
  .SYNOPSIS
  Stops unless this PowerShell has a session with the service, and the cmdlets that are needed there.
  #>
  [CmdletBinding()]
  param(
    [Parameter(Mandatory)] [ValidateSet('Exchange', 'Graph', 'Azure')] [string] $Service,
    [string[]] $Cmdlet = @(),
    # Graph only: the delegated permissions that the caller is going to use.
    [string[]] $Scope = @()
  )
  $facts = $Services[$Service]
  $connect = if ($Scope.Count -gt 0) { "$($facts.Connect) -Scopes $($Scope -join ', ')" } else { $facts.Connect }
  $probe = @{ Exchange = 'Get-ConnectionInformation'; Graph = 'Get-MgContext'; Azure = 'Get-AzContext' }[$Service]
  if (-not (Get-Command -Name $probe -ErrorAction Ignore)) {
    throw (ConvertTo-HveError -Id 'ModuleMissing' -What "The cmdlet $probe is not known here." `
        -Cause "The PowerShell modules for $($facts.Name) are not installed." `
        -Remedy "Run: Install-Module $($facts.Module) -Scope CurrentUser; then: $connect")
  }
  $sessions = @(& $probe -ErrorAction Stop | Where-Object { Test-HveSession -Service $Service -Session $_ })
  if ($sessions.Count -eq 0) {
    throw (ConvertTo-HveError -Id 'NotConnected' -What "There is no session with $($facts.Name)." `
        -Cause "Nobody has signed in in this PowerShell, or the sign-in has expired." -Remedy "Run: $connect")
  }
  $missing = @($Cmdlet | Where-Object { -not (Get-Command -Name $_ -ErrorAction Ignore) })
  if ($missing.Count -eq 0) { return }
  # Exchange Online offers in a session only what the signed-in person's roles allow.
  $cause = if ($Service -eq 'Exchange') {
    'The signed-in account lacks the role for it, or the module ExchangeOnlineManagement is too old to know it.'
  } else { "The PowerShell modules for $($facts.Name) are not installed completely." }
  $remedy = if ($Service -eq 'Exchange') {
    'Activate the role Exchange Administrator, run: Update-Module ExchangeOnlineManagement; ' +
    'then, in a new PowerShell: Connect-ExchangeOnline'
  } else { "Run: Install-Module $($facts.Module) -Scope CurrentUser" }
  throw (ConvertTo-HveError -Id 'CmdletMissing' -What "Not available: $($missing -join ', ')." `
      -Cause $cause -Remedy $remedy)
}

# Exchange keeps expired sessions and those with Security & Compliance in the same list.
function Test-HveSession {
  param([string] $Service, [object] $Session)
  if ($Service -ne 'Exchange') { return $true }
  $status = Get-HveProperty -InputObject $Session -Name TokenStatus
  $Session.State -eq 'Connected' -and ($null -eq $status -or $status -eq 'Active') -and
  -not (Get-HveProperty -InputObject $Session -Name IsEopSession)
}

function Test-HveAddress {
  <#
  .SYNOPSIS
  Whether a text is an e-mail address that Exchange takes for an account.
  #>
  [CmdletBinding()]
  [OutputType([bool])]
  param([Parameter(Mandatory)] [AllowEmptyString()] [string] $Address)
  $atom = '[a-z0-9!#$%&''*+/=?^_`{|}~-]+'
  $label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?'
  $Address.Length -le 254 -and $Address -match "^$atom(\.$atom)*@($label\.)+$label`$"
}

function Get-HveSecretName {
  <#
  .SYNOPSIS
  The name of the secret for an account where none is given: hve@contoso.com becomes hve-contoso-com.
  #>
  [CmdletBinding()]
  [OutputType([string])]
  param([Parameter(Mandatory)] [string] $Address)
  ($Address.ToLowerInvariant() -replace '[^a-z0-9]+', '-').Trim('-')
}

function Get-HveAccountLimit {
  <#
  .SYNOPSIS
  How many HVE accounts a tenant may have under a profile.
  #>
  [CmdletBinding()]
  [OutputType([int])]
  param([Parameter(Mandatory)] [string] $HveProfile)
  $AccountLimits[$HveProfile]
}

function Get-HveAccount {
  <#
  .SYNOPSIS
  All HVE accounts of the tenant.
  #>
  [CmdletBinding()]
  param()
  # -HVEAccount and -Identity exclude each other, so one account is looked for in the list of all (100 at most). And
  # -Identity with an empty value returns everybody.
  try {
    Get-MailUser -HVEAccount -ResultSize Unlimited -ErrorAction Stop
  } catch {
    throw (ConvertTo-HveError -Id 'AccountsUnreadable' -What 'The HVE accounts could not be listed.' `
        -Cause (Get-HveReason -ErrorRecord $_) `
        -Remedy ('If -HVEAccount is not known: activate the role Exchange Administrator, run ' +
          'Update-Module ExchangeOnlineManagement, and connect in a new PowerShell. Else cure what Exchange says.'))
  }
}

function Get-HveUserId {
  <#
  .SYNOPSIS
  The object id of an HVE account in Entra ID.
  #>
  [CmdletBinding()]
  [OutputType([string])]
  param([Parameter(Mandatory)] [object] $Account)
  $id = "$(Get-HveProperty -InputObject $Account -Name ExternalDirectoryObjectId)"
  # Graph takes the login name just as well; an HVE account's is its address.
  if ($id) { $id } else { "$($Account.PrimarySmtpAddress)" }
}

function Select-HveAccount {
  <#
  .SYNOPSIS
  The HVE account with that address; an error where there is none.
  #>
  [CmdletBinding()]
  param(
    [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $All,
    [Parameter(Mandatory)] [string] $Address
  )
  $found = @($All | Where-Object { $_.PrimarySmtpAddress -eq $Address })
  if ($found.Count -eq 1) { return $found[0] }
  throw (ConvertTo-HveError -Id 'NoHveAccount' -What "There is no HVE account $Address." `
      -Cause 'It does not exist in this tenant, or it is an ordinary mailbox or mail user.' `
      -Remedy ('See the list (Get-MailUser -HVEAccount) and correct the address, or create the account: ' +
        './New-HveAccounts.ps1'))
}

function Find-HveAuthPolicy {
  <#
  .SYNOPSIS
  The authentication policy that a user or the organisation refers to, or nothing.
  #>
  [CmdletBinding()]
  param(
    [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $All,
    [Parameter(Mandatory)] [AllowNull()] [AllowEmptyString()] [string] $Reference
  )
  if (-not $Reference) { return }
  # The reference is a name, a distinguished name or a GUID, whichever the service happens to return.
  $All | Where-Object {
    $policy = $_
    @('Name', 'Identity', 'Id', 'DistinguishedName', 'Guid' |
        Where-Object { "$(Get-HveProperty -InputObject $policy -Name $_)" -eq $Reference }).Count -gt 0
  } | Select-Object -First 1
}

Export-ModuleMember -Function ConvertTo-HveError, Get-HveReason, Resolve-HveError, Get-HveProperty, Assert-HveSession,
  Test-HveAddress, Get-HveSecretName, Get-HveAccountLimit, Get-HveAccount, Get-HveUserId, Select-HveAccount,
  Find-HveAuthPolicy
