#Requires -Version 7.2
# What must be true for an application to send for an HVE account: how it is looked up.
# Grant-HveOAuth.ps1 makes it true, Test-HveTenant.ps1 checks it.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot 'Hve.psm1') -Verbose:$false

# Office 365 Exchange Online: the same id in every tenant.
$ExchangeAppId = '00000002-0000-0ff1-ce00-000000000000'

function Find-HveServicePrincipal {
  <#
  .SYNOPSIS
  The enterprise application of a client id, or nothing.
  #>
  [CmdletBinding()]
  param([Parameter(Mandatory)] [string] $AppId)
  Get-MgServicePrincipal -Filter "appId eq '$AppId'" -ErrorAction Stop | Select-Object -First 1
}

function Get-HveMailSendRole {
  <#
  .SYNOPSIS
  The application permission Mail.Send of Office 365 Exchange Online in this tenant: AppId, ResourceId, AppRoleId.
  #>
  [CmdletBinding()]
  [OutputType([hashtable])]
  param()
  $resource = Find-HveServicePrincipal -AppId $ExchangeAppId
  $roles = @(Get-HveProperty -InputObject $resource -Name AppRoles | Where-Object {
      # A permission for people may have the same name.
      $_.Value -eq 'Mail.Send' -and $_.AllowedMemberTypes -contains 'Application'
    })
  if ($roles.Count -gt 0) { return @{ AppId = $ExchangeAppId; ResourceId = $resource.Id; AppRoleId = "$($roles[0].Id)" } }
  throw (ConvertTo-HveError -Id 'NoMailSend' `
      -What 'Office 365 Exchange Online has no application permission Mail.Send in this tenant.' `
      -Cause 'The tenant has no Exchange Online, or the session is with another tenant (Get-MgContext says which).' `
      -Remedy 'Connect to the tenant that has Exchange Online: Connect-MgGraph -TenantId ID')
}

function Test-HveConsent {
  <#
  .SYNOPSIS
  Whether an enterprise application has been given Mail.Send.
  #>
  [CmdletBinding()]
  [OutputType([bool])]
  param([Parameter(Mandatory)] [string] $PrincipalId, [Parameter(Mandatory)] [hashtable] $Role)
  $assigned = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $PrincipalId -All -ErrorAction Stop)
  @($assigned | Where-Object {
      "$($_.ResourceId)" -eq $Role.ResourceId -and "$($_.AppRoleId)" -eq $Role.AppRoleId
    }).Count -gt 0
}

function Get-HveAllowedApp {
  <#
  .SYNOPSIS
  The object ids on an account's allowed list.
  #>
  [CmdletBinding()]
  [OutputType([string[]])]
  param([Parameter(Mandatory)] [string] $Address)
  $settings = Get-HVEAccountSettings -Identity $Address -ErrorAction Stop
  # A list, or one text with all of them: both are read.
  Get-HveProperty -InputObject $settings -Name AllowedApps | ForEach-Object { "$_" -split '[,;\s]+' } |
    Where-Object { $_ }
}

Export-ModuleMember -Function Find-HveServicePrincipal, Get-HveMailSendRole, Test-HveConsent, Get-HveAllowedApp
