#Requires -Version 7.2
# The checks of Test-HveTenant.ps1 in Entra ID. Each function looks at one thing and returns its findings:
# hashtables of Status (Pass, Warn, Fail) and Finding; where something is to be done, of Cause, Remedy and Command too.
# Fail means that mail could not flow.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot 'Hve.psm1'), (Join-Path $PSScriptRoot 'HveOAuth.psm1') -Verbose:$false

# Office 365 Exchange Online: the same id in every tenant.
$ExchangeAppId = '00000002-0000-0ff1-ce00-000000000000'

function Get-HveSignInFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [object[]] $Account, [string] $Auth)
  foreach ($one in $Account) {
    $id = Get-HveUserId -Account $one
    $user = Get-MgUser -UserId $id -Property id, accountEnabled -ErrorAction Stop
    if ($user.AccountEnabled -ne $false) {
      @{ Status = 'Pass'; Finding = "$($one.PrimarySmtpAddress) may sign in." }
      continue
    }
    @{
      # Whether a blocked account may be sent for by an application is not documented.
      Status  = if ($Auth -eq 'oauth') { 'Warn' } else { 'Fail' }
      Finding = "$($one.PrimarySmtpAddress) may not sign in."
      Cause   = 'Its sign-in is blocked in Entra ID.'
      Remedy  = 'Allow it to sign in.'
      Command = "Update-MgUser -UserId $id -AccountEnabled:`$true"
    }
  }
}

function Get-HveSecurityDefaultsFinding {
  [CmdletBinding()] param([string] $Auth)
  $policy = Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy -ErrorAction Stop
  if (-not $policy.IsEnabled) { return @{ Status = 'Pass'; Finding = 'They are off.' } }
  if ($Auth -eq 'oauth') { return @{ Status = 'Pass'; Finding = 'They are on, which does not matter with OAuth.' } }
  @{
    Status  = 'Fail'
    Finding = 'They are on.'
    Cause   = "Entra ID's security defaults block all logins with a password over SMTP, HVE's too (535 5.7.139)."
    Remedy  = 'Use OAuth (./Grant-HveOAuth.ps1). Or put Conditional Access policies that ask everybody for a second ' +
    'factor in their place first, then turn them off.'
    Command = 'Update-MgPolicyIdentitySecurityDefaultEnforcementPolicy -BodyParameter @{ isEnabled = $false }'
  }
}

function Get-HveConditionalAccessFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [object[]] $Account, [string] $Auth)
  if ($Auth -eq 'oauth') {
    return @{ Status = 'Pass'; Finding = 'It does not matter with OAuth: policies for users concern no application.' }
  }
  $policies = @(Get-MgIdentityConditionalAccessPolicy -All -ErrorAction Stop | Where-Object { Test-MayBlock -Policy $_ })
  foreach ($one in $Account) {
    $ids = @(Get-HveUserId -Account $one)
    if ($policies.Count -gt 0) {
      $ids += @(Get-MgUserTransitiveMemberOf -UserId $ids[0] -All -ErrorAction Stop | ForEach-Object { $_.Id })
    }
    $hits = @($policies | Where-Object { Test-Concerns -Users $_.Conditions.Users -Id $ids })
    if ($hits.Count -eq 0) {
      @{ Status = 'Pass'; Finding = "No policy stands in the way of $($one.PrimarySmtpAddress)." }
      continue
    }
    @{
      Status  = 'Warn'
      Finding = "$($one.PrimarySmtpAddress) is concerned by: $(($hits | ForEach-Object { $_.DisplayName }) -join ', ')."
      Cause   = 'They block a login over SMTP or ask for what it cannot do, unless their other conditions (locations, ' +
      'say) let it pass (535 5.7.139).'
      Remedy  = 'Look at each; where it would block, exclude the account: Entra admin centre, Conditional Access, the ' +
      'policy, Users, Exclude. What became of a login stands in the sign-in logs.'
      Command = "Get-MgIdentityConditionalAccessPolicy -ConditionalAccessPolicyId $($hits[0].Id) | ConvertTo-Json -Depth 8"
    }
  }
}

# Enforced, for Exchange Online, for SMTP (one of the "other" clients), and with a demand.
function Test-MayBlock([object] $Policy) {
  $apps = $Policy.Conditions.Applications
  $Policy.State -eq 'enabled' -and @(Get-Demand -Control $Policy.GrantControls).Count -gt 0 -and
  (Test-Overlap $Policy.Conditions.ClientAppTypes @('all', 'other')) -and
  (Test-Overlap $apps.IncludeApplications @('All', 'Office365', $ExchangeAppId)) -and
  -not (Test-Overlap $apps.ExcludeApplications @('Office365', $ExchangeAppId))
}

# What a policy asks for before it grants: none of it can be done over SMTP.
function Get-Demand([object] $Control) {
  foreach ($name in 'BuiltInControls', 'CustomAuthenticationFactors', 'TermsOfUse') {
    Get-HveProperty -InputObject $Control -Name $name | Where-Object { $_ }
  }
  # "Require authentication strength", the newer way to ask for a second factor. Graph returns one without an id where
  # there is none.
  $strength = Get-HveProperty -InputObject $Control -Name AuthenticationStrength
  Get-HveProperty -InputObject $strength -Name Id | Where-Object { $_ }
}

# HVE accounts have no roles, so policies for roles do not concern them.
function Test-Concerns([object] $Users, [string[]] $Id) {
  $included = @($Users.IncludeUsers) + @($Users.IncludeGroups)
  $excluded = @($Users.ExcludeUsers) + @($Users.ExcludeGroups)
  (Test-Overlap $included (@('All') + $Id)) -and -not (Test-Overlap $excluded $Id)
}

function Test-Overlap([object[]] $Left, [object[]] $Right) {
  @($Left | Where-Object { $_ -and "$_" -in $Right }).Count -gt 0
}

function Get-HveLicenceFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [object[]] $Account)
  foreach ($one in $Account) {
    $id = Get-HveUserId -Account $one
    $licences = @(Get-MgUserLicenseDetail -UserId $id -All -ErrorAction Stop)
    if ($licences.Count -eq 0) {
      @{ Status = 'Pass'; Finding = "$($one.PrimarySmtpAddress) has none, as it should be." }
      continue
    }
    $skus = ($licences | ForEach-Object { "'$($_.SkuId)'" }) -join ', '
    @{
      Status  = 'Warn'
      Finding = "$($one.PrimarySmtpAddress) has: $(($licences | ForEach-Object { $_.SkuPartNumber }) -join ', ')."
      Cause   = 'A licence with Exchange in it makes a mailbox of the account, and HVE refuses the login of a mailbox ' +
      '(5.2.240). It also costs money for nothing.'
      Remedy  = 'Take the licence away; where a group gives it, take the account out of the group.'
      Command = "Set-MgUserLicense -UserId $id -AddLicenses @() -RemoveLicenses @($skus)"
    }
  }
}

function Get-HveOAuthFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [object[]] $Account, [string] $ClientId)
  $addresses = @($Account | ForEach-Object { $_.PrimarySmtpAddress })
  $fail = @{
    Status  = 'Fail'
    Remedy  = 'Grant what is missing; it counts after up to five minutes.'
    Command = "./Grant-HveOAuth.ps1 -ClientId $ClientId -Account $($addresses -join ', ')"
  }
  $principal = Find-HveServicePrincipal -AppId $ClientId
  if (-not $principal) {
    return $fail + @{
      Finding = "There is no enterprise application with the client id $ClientId."
      Cause   = 'The id is wrong (it is not the object id), or the application is not in use in this tenant.'
    }
  }
  if (Test-HveConsent -PrincipalId $principal.Id -Role (Get-HveMailSendRole)) {
    @{ Status = 'Pass'; Finding = 'It has Mail.Send of Office 365 Exchange Online, with consent.' }
  } else {
    $fail + @{
      Finding = 'It does not have Mail.Send of Office 365 Exchange Online.'
      Cause   = "The application permission, or the tenant's consent to it, is missing (535 5.7.144)."
    }
  }
  foreach ($address in $addresses) {
    if (@(Get-HveAllowedApp -Address $address) -contains $principal.Id) {
      @{ Status = 'Pass'; Finding = "It is on the allowed list of $address." }
      continue
    }
    $fail + @{
      Finding = "It is not on the allowed list of $address."
      Cause   = 'Nobody added it, or another id was added: the list takes the object id of the enterprise application, ' +
      "$($principal.Id) (550 5.7.240)."
    }
  }
}

Export-ModuleMember -Function Get-Hve*Finding
