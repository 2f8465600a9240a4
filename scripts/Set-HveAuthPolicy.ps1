#Requires -Version 7.2

<#
.SYNOPSIS
Lets High Volume Email accounts log in with a password where the organisation's authentication policy forbids it.

.DESCRIPTION
Makes sure that an authentication policy with that name exists which allows basic authentication for SMTP and for
nothing else, and assigns it to the accounts. All others keep the organisation's policy. It refuses addresses that are
no HVE account, so that no person's mailbox gets basic authentication by a slip, and it never changes a policy that
exists.

It does not help against the security defaults of Entra ID, which forbid all basic authentication: see
Test-HveTenant.ps1. With OAuth (Grant-HveOAuth.ps1) none of this is needed.

.PARAMETER Account
The addresses of the HVE accounts.

.PARAMETER PolicyName
The authentication policy's name. It is created if there is none. Default: HVE basic SMTP.

.EXAMPLE
./Set-HveAuthPolicy.ps1 -Account hve@contoso.com -WhatIf

Says what would be done. Nothing is changed.

.EXAMPLE
./Set-HveAuthPolicy.ps1 -Account hve@contoso.com, payroll@contoso.com

Creates the policy if need be and assigns it to two accounts.

.INPUTS
None.

.OUTPUTS
For each account: Account, Policy, Before (the policy it had), Action (Assigned, Unchanged, Skipped).

.NOTES
Module: ExchangeOnlineManagement. Role: Exchange Administrator. Sign in first: Connect-ExchangeOnline.
A new assignment counts within about half an hour: the account's tokens are made to start anew with it
(StsRefreshTokensValidFrom), without which Exchange may take a day.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
[OutputType([pscustomobject])]
param(
  [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string[]] $Account,
  [ValidateLength(1, 64)] [string] $PolicyName = 'HVE basic SMTP'
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot 'modules/Hve.psm1') -Force -Verbose:$false

# Stops where the policy does not do what it is for; warns where it does more.
function Assert-PolicyFits([object] $Policy) {
  if ((Get-HveProperty -InputObject $Policy -Name AllowBasicAuthSmtp) -ne $true) {
    throw (ConvertTo-HveError -Id 'PolicyForbids' `
        -What "The authentication policy $PolicyName exists and does not allow basic authentication for SMTP." `
        -Cause 'It was made for something else; others may be assigned to it, so it is not changed here.' `
        -Remedy ('Give another name with -PolicyName; or change it yourself: Set-AuthenticationPolicy ' +
          "-Identity '$($PolicyName -replace "'", "''")' -AllowBasicAuthSmtp"))
  }
  $others = @($Policy.PSObject.Properties | Where-Object {
      $_.Name -like 'AllowBasicAuth*' -and $_.Name -ne 'AllowBasicAuthSmtp' -and $_.Value -eq $true
    } | ForEach-Object { $_.Name })
  if ($others.Count -eq 0) { return }
  Write-Warning ("The authentication policy $PolicyName allows more than SMTP needs: $($others -join ', '). " +
    'Better give the HVE accounts one of their own, with -PolicyName.')
}

try {
  Assert-HveSession -Service Exchange -Cmdlet Get-MailUser, Get-User, Set-User, Get-AuthenticationPolicy,
  New-AuthenticationPolicy
  $all = @(Get-HveAccount)
  $addresses = @(foreach ($address in $Account) {
      "$((Select-HveAccount -All $all -Address $address).PrimarySmtpAddress)"
    })
  $policies = @(Get-AuthenticationPolicy -ErrorAction Stop)
  $policy = $policies | Where-Object { $_.Name -eq $PolicyName } | Select-Object -First 1

  if ($policy) {
    Assert-PolicyFits -Policy $policy
  } elseif ($PSCmdlet.ShouldProcess($PolicyName, 'Create an authentication policy for passwords over SMTP only')) {
    # What it does not name is forbidden.
    $null = New-AuthenticationPolicy -Name $PolicyName -AllowBasicAuthSmtp -ErrorAction Stop -Confirm:$false
  }

  foreach ($address in $addresses) {
    $user = Get-User -Identity $address -ErrorAction Stop
    $reference = "$(Get-HveProperty -InputObject $user -Name AuthenticationPolicy)"
    $present = Find-HveAuthPolicy -All $policies -Reference $reference
    $before = if ($present) { $present.Name } else { $reference }
    $action = 'Unchanged'
    if ($before -ne $PolicyName) {
      $action = 'Skipped'
      $instead = if ($before) { "instead of $before" } else { "instead of the organisation's" }
      if ($PSCmdlet.ShouldProcess($address, "Assign the authentication policy $PolicyName $instead")) {
        $null = Set-User -Identity $address -AuthenticationPolicy $PolicyName `
          -StsRefreshTokensValidFrom ([datetime]::UtcNow) -ErrorAction Stop -Confirm:$false
        $action = 'Assigned'
      }
    }
    [pscustomobject]@{ Account = $address; Policy = $PolicyName; Before = $before; Action = $action }
  }
} catch {
  $PSCmdlet.ThrowTerminatingError((Resolve-HveError -ErrorRecord $_ -Roles 'Exchange Administrator'))
}
