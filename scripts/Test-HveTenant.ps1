#Requires -Version 7.2

<#
.SYNOPSIS
Checks whether the tenant lets the app send over High Volume Email, and says what cures what does not.

.DESCRIPTION
Looks at everything in Exchange Online and Entra ID that can keep mail from flowing, and changes nothing:

  Exchange role                          whether the caller may administer HVE accounts
  HVE account                            whether the accounts exist as such
  Sign-in                                whether they may sign in
  Security defaults                      which block all passwords over SMTP
  Organisation's authentication policy   the default, for accounts without a policy of their own
  Account's authentication policy        what holds for each account
  SmtpClientAuthenticationDisabled       irrelevant for HVE, and said to be so
  Conditional Access                     policies that may stop an account's login (a hint: none is evaluated)
  Internal domains                       the app's compared with the tenant's accepted domains
  Licence                                which an HVE account must not have
  Billing policy                         without a valid one an account does not send
  Number of accounts                     against the profile's limit
  OAuth application                      with -Auth oauth: permission, consent, the accounts' allowed lists

Each finding has Check, Status (Pass, Warn, Fail), Finding, Cause, Remedy, Command. Fail means that mail could not flow.
A check that could not be made, for want of a right, say, is a warning that tells what is missing.

.PARAMETER Account
The addresses of the HVE accounts that the app uses. Default: all that the tenant has.

.PARAMETER InternalDomains
The app's setting HVE_INTERNAL_DOMAINS, as a list or separated by commas; *.contoso.com for every domain below
contoso.com.

.PARAMETER HveProfile
The limits that hold for the tenant, as in the app's setting HVE_PROFILE: preview-2024 (the default) or ga-2026.
-Profile is the same.

.PARAMETER Auth
How the accounts log in, as in HVE_ACCOUNTS: password (the default) or oauth, for which what concerns passwords does
not matter.

.PARAMETER ClientId
With -Auth oauth: the application (client) id, the app's setting HVE_OAUTH_CLIENT_ID.

.PARAMETER Json
Prints the findings as JSON, and nothing else.

.PARAMETER PassThru
Returns the findings as objects instead of text.

.EXAMPLE
./Test-HveTenant.ps1 -Account hve@contoso.com -InternalDomains contoso.com -Profile ga-2026

Prints a table, and for each finding that is not right what to do.

.EXAMPLE
./Test-HveTenant.ps1 -InternalDomains (azd env get-value HVE_INTERNAL_DOMAINS) -Json | Set-Content findings.json

All accounts of the tenant, as JSON; $LASTEXITCODE is 1 if mail could not flow.

.EXAMPLE
./Test-HveTenant.ps1 -Account hve@contoso.com -Auth oauth -ClientId 66666666-7777-8888-9999-000000000000

Checks what matters for an account that logs in with OAuth.

.INPUTS
None.

.OUTPUTS
Text; with -Json one JSON array; with -PassThru objects. The exit code is 1 if there is a finding Fail, else 0.

.NOTES
Modules: ExchangeOnlineManagement, Microsoft.Graph.Authentication, .Users, .Identity.SignIns and .Applications. Sign in
first: Connect-ExchangeOnline, and
Connect-MgGraph -Scopes Policy.Read.All, User.Read.All, GroupMember.Read.All, Application.Read.All.
Reading is enough: Global Reader will do. It takes -WhatIf like the other scripts, for callers that pass it to all.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Text')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'There is nothing to change.')]
[OutputType([string], [pscustomobject])]
param(
  [Parameter(Position = 0)] [ValidateNotNullOrEmpty()] [string[]] $Account = @(),
  [string[]] $InternalDomains = @(),
  [Alias('Profile')] [ValidateSet('preview-2024', 'ga-2026')] [string] $HveProfile = 'preview-2024',
  [ValidateSet('password', 'oauth')] [string] $Auth = 'password',
  [guid] $ClientId,
  [Parameter(ParameterSetName = 'Json')] [switch] $Json,
  [Parameter(ParameterSetName = 'PassThru')] [switch] $PassThru
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$modules = 'Hve', 'HveExchangeChecks', 'HveEntraChecks' | ForEach-Object { Join-Path $PSScriptRoot "modules/$_.psm1" }
Import-Module $modules -Force -Verbose:$false

$scopes = 'Policy.Read.All', 'User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'

# A check's findings. One that cannot be made is no pass, and no proof either that mail does not flow: a warning.
function Invoke-Check([string] $Name, [scriptblock] $Body) {
  try {
    $found = @(& $Body)
  } catch {
    $found = @{
      Status  = 'Warn'; Finding = 'Not checked.'; Cause = Get-HveReason -ErrorRecord $_
      Remedy  = 'Sign in with an account that may read it (Global Reader may), and with the permissions of the command.'
      Command = "Connect-ExchangeOnline; Connect-MgGraph -Scopes $($scopes -join ', ')"
    }
  }
  foreach ($one in $found) {
    [pscustomobject][ordered]@{
      Check = $Name; Status = $one.Status; Finding = $one.Finding
      Cause = "$($one['Cause'])"; Remedy = "$($one['Remedy'])"; Command = "$($one['Command'])"
    }
  }
}

function Format-Finding([object[]] $Finding) {
  $width = ($Finding | ForEach-Object { $_.Check.Length } | Measure-Object -Maximum).Maximum
  foreach ($one in $Finding) { '{0}  {1}  {2}' -f $one.Status, $one.Check.PadRight($width), $one.Finding }
  foreach ($one in $Finding | Where-Object Status -NE 'Pass' | Sort-Object { $_.Status -ne 'Fail' } -Stable) {
    ''
    "$($one.Status): $($one.Check). $($one.Finding)"
    "  Cause:   $($one.Cause)"
    "  Remedy:  $($one.Remedy)"
    "  Command: $($one.Command)"
  }
  $failed = @($Finding | Where-Object Status -EQ 'Fail').Count
  $warned = @($Finding | Where-Object Status -EQ 'Warn').Count
  ''
  if ($failed -gt 0) { "Mail could not flow: $failed failed, $warned to look at." }
  else { "Nothing found that keeps mail from flowing; $warned to look at." }
}

try {
  if ($Auth -eq 'oauth' -and -not $PSBoundParameters.ContainsKey('ClientId')) {
    throw (ConvertTo-HveError -Id 'NoClientId' -What '-Auth oauth needs -ClientId.' `
        -Cause 'Which application sends was not said.' `
        -Remedy 'Give its application (client) id, the setting HVE_OAUTH_CLIENT_ID.')
  }
  Assert-HveSession -Service Exchange -Cmdlet Get-MailUser
  Assert-HveSession -Service Graph -Scope $scopes -Cmdlet Get-MgUser, Get-MgUserLicenseDetail,
  Get-MgUserTransitiveMemberOf, Get-MgServicePrincipal, Get-MgServicePrincipalAppRoleAssignment,
  Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy, Get-MgIdentityConditionalAccessPolicy
  $all = @(Get-HveAccount)
  $requested = @($Account | ForEach-Object { $_.Trim().ToLowerInvariant() })
  $checked = @($all | Where-Object { $requested.Count -eq 0 -or "$($_.PrimarySmtpAddress)" -in $requested })
  $internal = @($InternalDomains | ForEach-Object { $_.ToLowerInvariant() -split '[,\s]+' } | Where-Object { $_ })

  $findings = @(
    Invoke-Check 'Exchange role' { Get-HveRoleFinding }
    Invoke-Check 'HVE account' { Get-HveAccountFinding -All $all -Requested $requested }
    Invoke-Check 'Sign-in' { Get-HveSignInFinding -Account $checked -Auth $Auth }
    Invoke-Check 'Security defaults' { Get-HveSecurityDefaultsFinding -Auth $Auth }
    Invoke-Check "Organisation's authentication policy" { Get-HveDefaultPolicyFinding -Auth $Auth }
    Invoke-Check "Account's authentication policy" { Get-HveAccountPolicyFinding -Account $checked -Auth $Auth }
    Invoke-Check 'SmtpClientAuthenticationDisabled' { Get-HveSmtpSwitchFinding }
    Invoke-Check 'Conditional Access' { Get-HveConditionalAccessFinding -Account $checked -Auth $Auth }
    Invoke-Check 'Internal domains' { Get-HveDomainFinding -Internal $internal -HveProfile $HveProfile }
    Invoke-Check 'Licence' { Get-HveLicenceFinding -Account $checked }
    Invoke-Check 'Billing policy' { Get-HveBillingFinding -Account $checked -HveProfile $HveProfile }
    Invoke-Check 'Number of accounts' { Get-HveNumberFinding -Count $all.Count -HveProfile $HveProfile }
    if ($Auth -eq 'oauth') {
      Invoke-Check 'OAuth application' { Get-HveOAuthFinding -Account $checked -ClientId "$ClientId" }
    }
  )
} catch {
  $roles = 'Global Reader reads all of it'
  $PSCmdlet.ThrowTerminatingError((Resolve-HveError -ErrorRecord $_ -Roles $roles))
}
if ($Json) { ConvertTo-Json -InputObject $findings -Depth 2 }
elseif ($PassThru) { $findings }
else { Format-Finding -Finding $findings }
exit [int](@($findings | Where-Object Status -EQ 'Fail').Count -gt 0)
