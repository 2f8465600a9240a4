#Requires -Version 7.2
# The checks of Test-HveTenant.ps1 in Exchange Online. Each function looks at one thing and returns its findings:
# hashtables of Status (Pass, Warn, Fail) and Finding; where something is to be done, of Cause, Remedy and Command too.
# Fail means that mail could not flow.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot 'Hve.psm1') -Verbose:$false

# Entra ID's role Exchange Administrator: the same id in every tenant.
$ExchangeAdministratorRoleId = '29232cdf-9323-42fd-ade2-1d097af3e4de'

# What Exchange says of an account's billing: what that means, and what cures it.
$BillingStates = @{
  NoProperBillingPolicyStored   = 'no billing policy is assigned to the account', 'Assign one.'
  BillingPolicyNotFound         = 'the billing policy it had does not exist any more', 'Assign another one.'
  BillingPolicyMismatched       = 'the billing policy is not the one that this tenant has', 'Assign it anew.'
  NoConnectedBillingPolicyFound = 'the billing policy is not connected with High Volume Email',
  'Connect it: Microsoft 365 admin centre, Billing, Pay-as-you-go, the policy, High Volume Email.'
  SubscriptionIsNotActive       = 'the Azure subscription of the billing policy is not active',
  'Reactivate the subscription in Azure, or assign another policy.'
  NoSPOLicenseFound             = 'the tenant has no licence of SharePoint Online, without which billing is not checked',
  'Get one licence that has SharePoint Online in it.'
}

function Get-HveRoleFinding {
  [CmdletBinding()] param()
  $session = Get-ConnectionInformation -ErrorAction Stop | Where-Object State -EQ 'Connected' | Select-Object -First 1
  # An application that is connected by its certificate has no name, but an id.
  $who = 'UserPrincipalName', 'AppId' | ForEach-Object { "$(Get-HveProperty -InputObject $session -Name $_)" } |
    Where-Object { $_ } | Select-Object -First 1
  # Exchange Online offers in a session only what the caller's roles allow: what is missing is the proof.
  $missing = @('Set-User', 'New-AuthenticationPolicy', 'Set-HVEAccountSettings', 'Add-HVEAppAccess' |
      Where-Object { -not (Get-Command -Name $_ -ErrorAction Ignore) })
  $create = Get-Command -Name New-MailUser -ErrorAction Ignore
  if (-not $create -or -not $create.Parameters.ContainsKey('HVEAccount')) {
    $missing = @('New-MailUser -HVEAccount') + $missing
  }
  if ($missing.Count -eq 0) { return @{ Status = 'Pass'; Finding = "$who may administer HVE accounts." } }
  @{
    Status  = 'Warn'
    Finding = "$who may not use: $($missing -join ', ')."
    Cause   = 'The role Exchange Administrator is missing or not activated; or ExchangeOnlineManagement is too old.'
    Remedy  = 'Have the role assigned or activate it, update the module, then connect anew. Mail flows without it.'
    Command = "New-MgRoleManagementDirectoryRoleAssignment -PrincipalId OBJECT-ID -DirectoryScopeId / " +
    "-RoleDefinitionId $ExchangeAdministratorRoleId"
  }
}

function Get-HveAccountFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [object[]] $All, [AllowEmptyCollection()] [string[]] $Requested)
  if ($Requested.Count -eq 0 -and $All.Count -gt 0) {
    return @{ Status = 'Pass'; Finding = "$($All.Count) found; all are checked." }
  }
  $noSuch = @{
    Status  = 'Fail'
    Cause   = 'It does not exist, or it is an ordinary mailbox or mail user, whose login HVE refuses (5.2.240).'
    Remedy  = 'Create it, by script or in the Exchange admin centre: Mail flow, High Volume Email.'
    Command = './New-HveAccounts.ps1 -Path accounts.csv -VaultName VAULT'
  }
  if ($Requested.Count -eq 0) { return $noSuch + @{ Finding = 'The tenant has none.' } }
  foreach ($address in $Requested) {
    $isOne = @($All | Where-Object { $_.PrimarySmtpAddress -eq $address }).Count -gt 0
    if ($isOne) { @{ Status = 'Pass'; Finding = "$address is one." } }
    else { $noSuch + @{ Finding = "$address is none." } }
  }
}

function Get-HveDefaultPolicyFinding {
  [CmdletBinding()] param([string] $Auth)
  $name = Get-DefaultPolicyName
  if (-not $name) { return @{ Status = 'Pass'; Finding = 'There is none.' } }
  if (Test-PolicyAllowsSmtp -Policy @(Get-AuthenticationPolicy -ErrorAction Stop) -Reference $name) {
    return @{ Status = 'Pass'; Finding = "$name allows basic authentication for SMTP." }
  }
  if ($Auth -eq 'oauth') {
    return @{ Status = 'Pass'; Finding = "$name forbids passwords over SMTP, which does not matter with OAuth." }
  }
  @{
    Status  = 'Warn'
    Finding = "$name forbids basic authentication for SMTP."
    Cause   = 'It is the default of the organisation and holds for every account without a policy of its own.'
    Remedy  = 'Leave it, and give the HVE accounts a policy of their own; or use OAuth.'
    Command = './Set-HveAuthPolicy.ps1 -Account ACCOUNT'
  }
}

function Get-HveAccountPolicyFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [object[]] $Account, [string] $Auth)
  $policies = @(Get-AuthenticationPolicy -ErrorAction Stop)
  $default = Get-DefaultPolicyName
  foreach ($one in $Account) {
    $address = $one.PrimarySmtpAddress
    $user = Get-User -Identity $address -ErrorAction Stop
    $own = "$(Get-HveProperty -InputObject $user -Name AuthenticationPolicy)"
    $holds = if ($own) { $own } else { $default }
    $by = if ($own) { "its own policy $own" }
    elseif ($default) { "the organisation's policy $default" }
    else { 'no policy' }
    if (Test-PolicyAllowsSmtp -Policy $policies -Reference $holds) {
      @{ Status = 'Pass'; Finding = "$address may log in with a password ($by)." }
    } elseif ($Auth -eq 'oauth') {
      @{ Status = 'Pass'; Finding = "$address may not log in with a password ($by), which does not matter with OAuth." }
    } else {
      @{
        Status  = 'Fail'
        Finding = "$address may not log in with a password ($by)."
        Cause   = 'That authentication policy has AllowBasicAuthSmtp False (535 5.7.139).'
        Remedy  = 'Give the account a policy that allows basic authentication for SMTP; it counts within half an hour. ' +
        'Or use OAuth.'
        Command = "./Set-HveAuthPolicy.ps1 -Account $address"
      }
    }
  }
}

function Get-DefaultPolicyName {
  "$(Get-HveProperty -InputObject (Get-OrganizationConfig -ErrorAction Stop) -Name DefaultAuthenticationPolicy)"
}

# No policy allows it; one that cannot be found is taken for one that does not.
function Test-PolicyAllowsSmtp([object[]] $Policy, [string] $Reference) {
  if (-not $Reference) { return $true }
  $found = Find-HveAuthPolicy -All $Policy -Reference $Reference
  (Get-HveProperty -InputObject $found -Name AllowBasicAuthSmtp) -eq $true
}

function Get-HveSmtpSwitchFinding {
  [CmdletBinding()] param()
  $value = (Get-TransportConfig -ErrorAction Stop).SmtpClientAuthenticationDisabled
  @{ Status = 'Pass'; Finding = "It is $value, which is irrelevant: HVE has an endpoint of its own. Leave it as it is." }
}

function Get-HveDomainFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [string[]] $Internal, [string] $HveProfile)
  if ($Internal.Count -eq 0) {
    return @{
      Status  = 'Warn'
      Finding = 'Not compared.'
      Cause   = '-InternalDomains was not given.'
      Remedy  = "Give the app's setting HVE_INTERNAL_DOMAINS."
      Command = './Test-HveTenant.ps1 -InternalDomains (azd env get-value HVE_INTERNAL_DOMAINS)'
    }
  }
  $accepted = @(Get-AcceptedDomain -ErrorAction Stop | ForEach-Object {
      $name = "$($_.DomainName)".ToLowerInvariant()
      $name
      if ((Get-HveProperty -InputObject $_ -Name MatchSubDomains) -eq $true) { "*.$name" }
    })
  # *.contoso.com is right if the tenant has at least one domain below contoso.com.
  $unknown = @($Internal | Where-Object {
      -not (Test-Covered -Domain $_ -By $accepted) -and -not (Test-Covering -Domain $_ -Of $accepted)
    })
  # Mail to the tenant's onmicrosoft.com names is hardly ever meant: not worth a finding.
  $forgotten = @($accepted | Where-Object {
      $_ -notlike '*.onmicrosoft.com' -and -not (Test-Covered -Domain $_ -By $Internal)
    })
  if ($unknown.Count -eq 0 -and $forgotten.Count -eq 0) {
    return @{ Status = 'Pass'; Finding = 'The app and the tenant agree.' }
  }
  $right = @($Internal | Where-Object { $_ -notin $unknown }) + $forgotten
  $command = if ($right.Count -eq 0) { 'Get-AcceptedDomain' }
  else { "azd env set HVE_INTERNAL_DOMAINS '$($right -join ',')'; azd provision" }
  if ($unknown.Count -gt 0) {
    @{
      Status  = if ($HveProfile -eq 'ga-2026') { 'Fail' } else { 'Warn' }
      Finding = "Internal for the app, but no accepted domain: $($unknown -join ', ')."
      Cause   = 'Exchange takes recipients there for external: it refuses them (ga-2026, 550 5.5.105), or counts them ' +
      'to the external limit while the app does not.'
      Remedy  = 'Take it out of HVE_INTERNAL_DOMAINS, or add the domain to the tenant.'
      Command = $command
    }
  }
  if ($forgotten.Count -gt 0) {
    @{
      Status  = 'Warn'
      Finding = "Accepted, but external for the app: $($forgotten -join ', ')."
      Cause   = 'The app counts recipients there to the external limit, and refuses them where the profile allows none.'
      Remedy  = 'Add it to HVE_INTERNAL_DOMAINS.'
      Command = $command
    }
  }
}

# Whether one of the patterns has all of the domain in it: *.contoso.com has every domain below contoso.com, not itself.
function Test-Covered([string] $Domain, [string[]] $By) {
  @($By | Where-Object { $_ -eq $Domain -or ($_.StartsWith('*.') -and $Domain.EndsWith($_.Substring(1))) }).Count -gt 0
}

function Test-Covering([string] $Domain, [string[]] $Of) {
  @($Of | Where-Object { Test-Covered -Domain $_ -By $Domain }).Count -gt 0
}

function Get-HveBillingFinding {
  [CmdletBinding()] param([AllowEmptyCollection()] [object[]] $Account, [string] $HveProfile)
  if (-not (Get-Command -Name Get-HVEAccountBillingPolicy -ErrorAction Ignore)) {
    if ($HveProfile -eq 'preview-2024') {
      return @{ Status = 'Pass'; Finding = 'This Exchange Online knows no billing for HVE: it is the free preview.' }
    }
    throw (ConvertTo-HveError -Id 'CmdletMissing' -What 'Get-HVEAccountBillingPolicy is not available.' `
        -Cause 'The role or a newer module is missing.' `
        -Remedy 'Activate the role Exchange Administrator, update ExchangeOnlineManagement, and connect anew.')
  }
  foreach ($one in $Account) {
    $address = $one.PrimarySmtpAddress
    $state = "$((Get-HVEAccountBillingPolicy -Identity $address -ErrorAction Stop).BillingPolicyStatus)"
    if ($state -eq 'BillingPolicyValid') { @{ Status = 'Pass'; Finding = "$address has a valid one." }; continue }
    $meaning, $remedy = if ($BillingStates.ContainsKey($state)) { $BillingStates[$state] } else {
      'it is not valid', 'Look the state up in the documentation of Get-HVEAccountBillingPolicy.'
    }
    @{
      Status  = 'Fail'
      Finding = "$($address): $state."
      Cause   = "Exchange says that $meaning; since June 2026 an account without a valid billing policy does not send."
      Remedy  = $remedy
      Command = "Get-BillingPolicy -ResourceType HVE; Set-HVEAccountBillingPolicy -Identity $address -BillingPolicyId ID"
    }
  }
}

function Get-HveNumberFinding {
  [CmdletBinding()] param([int] $Count, [string] $HveProfile)
  $limit = Get-HveAccountLimit -HveProfile $HveProfile
  $finding = "$Count of $limit ($HveProfile)."
  if ($Count -lt $limit) { return @{ Status = 'Pass'; Finding = $finding } }
  if ($Count -eq $limit) {
    return @{
      Status = 'Warn'; Finding = $finding; Cause = 'No further account can be created.'
      Remedy = 'Remove accounts that nobody uses.'; Command = 'Remove-MailUser -Identity ADDRESS'
    }
  }
  @{
    Status  = 'Warn'
    Finding = $finding
    Cause   = "The tenant has more than $HveProfile allows: another profile holds here."
    Remedy  = "Give the right -HveProfile here, and to the app's HVE_PROFILE."
    Command = 'azd env set HVE_PROFILE ga-2026; azd provision'
  }
}

Export-ModuleMember -Function Get-Hve*Finding
