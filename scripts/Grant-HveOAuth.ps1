#Requires -Version 7.2

<#
.SYNOPSIS
Lets an application send for High Volume Email accounts with OAuth: permission, consent, allowed lists; and verifies it.

.DESCRIPTION
Makes sure, step by step, that

  1. the application is registered (found by -ClientId or -DisplayName; created where there is none of that name) and
     has its enterprise application (service principal) in this tenant,
  2. it declares the application permission Mail.Send of Office 365 Exchange Online, and has the tenant's consent to it,
  3. with -ManagedIdentityPrincipalId: the function app's managed identity may act as the application (a federated
     credential), so that there is neither a client secret nor a certificate to keep,
  4. it is on each account's allowed list, by the object id of its enterprise application (not the client id),

and reads permission and lists back. What is right already is not touched. Nothing secret is made or shown.

.PARAMETER Account
The addresses of the HVE accounts that the application may send for.

.PARAMETER ClientId
The application (client) id of an application that exists.

.PARAMETER DisplayName
The name of the application; it is registered if there is none.

.PARAMETER ManagedIdentityPrincipalId
The object (principal) id of the function app's user-assigned managed identity, for the setting
HVE_OAUTH_CREDENTIAL=managedIdentity.

.PARAMETER VerifySeconds
How long to go on reading back until everything is seen. Default: 60.

.EXAMPLE
./Grant-HveOAuth.ps1 -DisplayName hve-mailer -Account hve@contoso.com -WhatIf

Says what would be done. Nothing is changed.

.EXAMPLE
./Grant-HveOAuth.ps1 -DisplayName hve-mailer -Account hve@contoso.com `
  -ManagedIdentityPrincipalId (azd env get-value MAILER_IDENTITY_PRINCIPAL_ID)

Registers the application, consents, lets the app's managed identity act as it, and puts it on the account's list.

.EXAMPLE
./Grant-HveOAuth.ps1 -ClientId 66666666-7777-8888-9999-000000000000 -Account hve@contoso.com, payroll@contoso.com

The same for an application that exists, and two accounts.

.INPUTS
None.

.OUTPUTS
One object: TenantId, ClientId, EnterpriseApplicationObjectId, Accounts, Changes, Verified.

.NOTES
Modules: ExchangeOnlineManagement, Microsoft.Graph.Authentication, Microsoft.Graph.Applications. Roles: Exchange
Administrator, and in Entra ID Privileged Role Administrator, which may consent to application permissions. Sign in
first: Connect-ExchangeOnline, and Connect-MgGraph -Scopes Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All.
An account takes ten applications at most; an addition counts after up to five minutes.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'ByName')]
[OutputType([pscustomobject])]
param(
  [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Account,
  [Parameter(Mandatory, ParameterSetName = 'ById')] [guid] $ClientId,
  [Parameter(Mandatory, ParameterSetName = 'ByName')] [ValidateLength(1, 120)] [string] $DisplayName,
  [guid] $ManagedIdentityPrincipalId,
  [ValidateRange(0, 600)] [int] $VerifySeconds = 60
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$modules = 'Hve', 'HveOAuth' | ForEach-Object { Join-Path $PSScriptRoot "modules/$_.psm1" }
Import-Module $modules -Force -Verbose:$false

# Exchange Online's own limit for an account's allowed list.
$maxAppsPerAccount = 10
# Between two looks at what was written; the directory copies itself within seconds.
$pollSeconds = 5

# What was done, in words; and whether something was left out by -WhatIf or by an answer.
$changes = [System.Collections.Generic.List[string]]::new()
$skipped = [System.Collections.Generic.List[string]]::new()

# Does one step, unless it is left out or lacks what an earlier one would have made.
function Invoke-Step([string] $Target, [string] $What, [string] $Done, [object] $Needs, [scriptblock] $Do) {
  if ($PSCmdlet.ShouldProcess($Target, $What) -and $Needs) {
    & $Do
    $changes.Add($Done)
  } else { $skipped.Add($What) }
}

# The application's registration, or nothing (another tenant's is used here by its enterprise application only).
function Find-Application {
  if ($isById) { return Get-MgApplication -Filter "appId eq '$ClientId'" -ErrorAction Stop }
  $found = @(Get-MgApplication -Filter "displayName eq '$($DisplayName -replace "'", "''")'" -ErrorAction Stop)
  if ($found.Count -le 1) { return $found }
  throw (ConvertTo-HveError -Id 'AmbiguousApplication' -What "$($found.Count) applications are named $DisplayName." `
      -Cause 'Names of applications need not be unique.' `
      -Remedy "Say which one with -ClientId: $(($found | ForEach-Object AppId) -join ', ')")
}

# What the application is to declare, so that the portal shows the permission as one that it asks for; nothing where it
# does so already. What it asks for besides stays.
function Get-MissingAccess([object] $Application, [hashtable] $Role) {
  $present = @(Get-HveProperty -InputObject $Application -Name RequiredResourceAccess | Where-Object { $_ })
  $ours = @($present | Where-Object { $_.ResourceAppId -eq $Role.AppId } | ForEach-Object { $_.ResourceAccess })
  if (@($ours | Where-Object { "$($_.Id)" -eq $Role.AppRoleId }).Count -gt 0) { return }
  $others = @($present | Where-Object { $_.ResourceAppId -ne $Role.AppId })
  $kept = @($ours | ForEach-Object { @{ Id = "$($_.Id)"; Type = "$($_.Type)" } })
  $others
  @{ ResourceAppId = $Role.AppId; ResourceAccess = @($kept) + @{ Id = $Role.AppRoleId; Type = 'Role' } }
}

# Lets a managed identity act as the application: its tokens are taken for the application's proof.
function Grant-ManagedIdentity([object] $Application, [string] $TenantId) {
  $issuer = "https://login.microsoftonline.com/$TenantId/v2.0"
  $present = if ($Application) {
    Get-MgApplicationFederatedIdentityCredential -ApplicationId $Application.Id -All -ErrorAction Stop |
      Where-Object { $_.Subject -eq "$ManagedIdentityPrincipalId" -and $_.Issuer -eq $issuer }
  }
  if ($present) { return }
  $credential = @{
    name = "hve-mailer-$ManagedIdentityPrincipalId"; issuer = $issuer; subject = "$ManagedIdentityPrincipalId"
    audiences = @('api://AzureADTokenExchange')
  }
  Invoke-Step -Target $label -What "Let the managed identity $ManagedIdentityPrincipalId act as the application" `
    -Done 'federated credential added' -Needs $Application -Do {
    $null = New-MgApplicationFederatedIdentityCredential -ApplicationId $Application.Id -BodyParameter $credential `
      -ErrorAction Stop -Confirm:$false
  }
}

function Grant-Account([string] $Address, [object] $Principal) {
  $allowed = @(Get-HveAllowedApp -Address $Address)
  if ($Principal -and $allowed -contains $Principal.Id) { return }
  if ($allowed.Count -ge $maxAppsPerAccount) {
    throw (ConvertTo-HveError -Id 'ListFull' -What "The allowed list of $Address is full." `
        -Cause "It has $($allowed.Count) applications; $maxAppsPerAccount is the limit." `
        -Remedy ("Take off one that is not used: Remove-HVEAppAccess -Identity $Address -AppIds ID. " +
          "They are: $($allowed -join ', ')"))
  }
  Invoke-Step -Target $Address -What "Put the application $label on the allowed list" `
    -Done "on the allowed list of $Address" -Needs $Principal -Do {
    $null = Add-HVEAppAccess -Identity $Address -AppIds $Principal.Id -ErrorAction Stop -Confirm:$false
  }
}

# What is not seen yet, in words; nothing where all is.
function Find-Missing([object] $Principal, [hashtable] $Role, [string[]] $Address) {
  if (-not (Test-HveConsent -PrincipalId $Principal.Id -Role $Role)) { 'the consent to Mail.Send' }
  foreach ($one in $Address) {
    if (@(Get-HveAllowedApp -Address $one) -notcontains $Principal.Id) { "the entry on the allowed list of $one" }
  }
}

try {
  Assert-HveSession -Service Exchange -Cmdlet Get-MailUser, Get-HVEAccountSettings, Add-HVEAppAccess
  Assert-HveSession -Service Graph -Scope Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All -Cmdlet @(
    'Get-MgApplication', 'New-MgApplication', 'Update-MgApplication', 'Get-MgServicePrincipal', 'New-MgServicePrincipal'
    'Get-MgServicePrincipalAppRoleAssignment', 'New-MgServicePrincipalAppRoleAssignment'
    'Get-MgApplicationFederatedIdentityCredential', 'New-MgApplicationFederatedIdentityCredential')
  $all = @(Get-HveAccount)
  $addresses = @(foreach ($address in $Account) {
      "$((Select-HveAccount -All $all -Address $address).PrimarySmtpAddress)"
    })
  $role = Get-HveMailSendRole
  $tenantId = (Get-MgContext -ErrorAction Stop).TenantId
  $isById = $PSCmdlet.ParameterSetName -eq 'ById'
  $label = if ($isById) { "$ClientId" } else { $DisplayName }

  $application = Find-Application
  if (-not $application -and -not $isById) {
    $application = Invoke-Step -Target $label -What 'Register the application' -Done 'application registered' `
      -Needs $true -Do {
      New-MgApplication -DisplayName $DisplayName -SignInAudience AzureADMyOrg -ErrorAction Stop -Confirm:$false
    }
  }
  $appId = if ($application) { "$($application.AppId)" } elseif ($isById) { "$ClientId" }
  $principal = if ($appId) { Find-HveServicePrincipal -AppId $appId }
  $withIdentity = $PSBoundParameters.ContainsKey('ManagedIdentityPrincipalId')
  if ($isById -and -not $application -and (-not $principal -or $withIdentity)) {
    throw (ConvertTo-HveError -Id 'NoApplication' `
        -What "No application with the client id $ClientId is registered here." `
        -Cause 'The id is wrong (it is not the object id), or the application is registered in another tenant.' `
        -Remedy 'Take the application (client) id from its page in Entra ID; or register one here with -DisplayName.')
  }

  if (-not $principal) {
    $principal = Invoke-Step -Target $label -What 'Create the enterprise application' `
      -Done 'enterprise application created' -Needs $appId -Do {
      New-MgServicePrincipal -AppId $appId -ErrorAction Stop -Confirm:$false
    }
  }
  $access = @(if ($application) { Get-MissingAccess -Application $application -Role $role })
  if ($access.Count -gt 0) {
    Invoke-Step -Target $label -What 'Declare the permission Mail.Send of Office 365 Exchange Online' `
      -Done 'permission declared' -Needs $application -Do {
      $null = Update-MgApplication -ApplicationId $application.Id -RequiredResourceAccess $access `
        -ErrorAction Stop -Confirm:$false
    }
  }
  if (-not $principal -or -not (Test-HveConsent -PrincipalId $principal.Id -Role $role)) {
    Invoke-Step -Target $label -What 'Consent for the whole tenant to the application permission Mail.Send' `
      -Done 'consent given' -Needs $principal -Do {
      $null = New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -PrincipalId $principal.Id `
        -ResourceId $role.ResourceId -AppRoleId $role.AppRoleId -ErrorAction Stop -Confirm:$false
    }
  }
  if ($withIdentity) { Grant-ManagedIdentity -Application $application -TenantId $tenantId }
  foreach ($address in $addresses) { Grant-Account -Address $address -Principal $principal }

  $missing = @()
  $deadline = [datetime]::UtcNow.AddSeconds($VerifySeconds)
  while ($skipped.Count -eq 0) {
    $missing = @(Find-Missing -Principal $principal -Role $role -Address $addresses)
    if ($missing.Count -eq 0 -or [datetime]::UtcNow -ge $deadline) { break }
    Start-Sleep -Seconds $pollSeconds
  }
  [pscustomobject]@{
    TenantId                      = $tenantId
    ClientId                      = $appId
    EnterpriseApplicationObjectId = Get-HveProperty -InputObject $principal -Name Id
    Accounts                      = $addresses
    Changes                       = @($changes)
    Verified                      = $skipped.Count -eq 0 -and $missing.Count -eq 0
  }
  if ($missing.Count -gt 0) {
    throw (ConvertTo-HveError -Id 'NotVerified' -What "Written, but not seen: $($missing -join ', ')." `
        -Cause 'The directory may need some minutes to show it; or the service did not keep it.' `
        -Remedy 'Run this again in five minutes: it verifies, and writes what is missing.')
  }
} catch {
  $roles = 'Exchange Administrator, and Privileged Role Administrator in Entra ID'
  $PSCmdlet.ThrowTerminatingError((Resolve-HveError -ErrorRecord $_ -Roles $roles))
}
