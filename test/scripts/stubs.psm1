#Requires -Version 7.2
# Stand-ins for the cmdlets of Exchange Online, Microsoft Graph and Azure, over a tenant that is a hashtable. They take the real ones'
# parameters and no others, record every call, and behave like them where it matters to a caller: in modules of their own, errors that do
# not stop unless -ErrorAction Stop is said, requests with their secrets in the streams Debug and Verbose and inside error records.
param([hashtable] $Tenant, [System.Collections.Generic.List[object]] $Calls, [string] $StatePath)
Set-StrictMode -Version 3.0

# Parameters by cmdlet: switches with ?, those that must be given with !, SecureStrings with *, anything but a text with ~.
$signatures = @{
  'Get-ConnectionInformation' = ''
  'Get-MailUser'              = 'HVEAccount? Identity ResultSize'
  'New-MailUser'              = 'HVEAccount? Name! DisplayName PrimarySmtpAddress Password!*'
  'Set-MailUser'              = 'Identity! DisplayName'
  'Get-Recipient'             = 'Identity!'
  'Get-User'                  = 'Identity!'
  'Set-User'                  = 'Identity! AuthenticationPolicy StsRefreshTokensValidFrom~'
  'Get-AcceptedDomain'        = ''
  'Get-OrganizationConfig'    = ''
  'Get-TransportConfig'       = ''
  'Get-AuthenticationPolicy'  = 'Identity'
  'New-AuthenticationPolicy'  = 'Name! AllowBasicAuthSmtp? AllowBasicAuthPop? AllowBasicAuthImap?'
  'Get-HVEAccountSettings'    = 'Identity!'
  'Set-HVEAccountSettings'    = 'Identity! ReplyTo'
  'Get-HVEAccountBillingPolicy' = 'Identity!'
  'Set-HVEAccountBillingPolicy' = 'Identity! BillingPolicyId!'
  'Add-HVEAppAccess'          = 'Identity! AppIds!~'
  'Get-MgContext'             = ''
  'Invoke-MgGraphRequest'     = 'Method Uri! Body~'
  'Get-MgUser'                = 'UserId! Property~'
  'Get-MgUserLicenseDetail'   = 'UserId! All?'
  'Get-MgUserTransitiveMemberOf' = 'UserId! All?'
  'Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy' = ''
  'Get-MgIdentityConditionalAccessPolicy' = 'All?'
  'Get-MgApplication'         = 'Filter!'
  'New-MgApplication'         = 'DisplayName! SignInAudience'
  'Update-MgApplication'      = 'ApplicationId! RequiredResourceAccess~'
  'Get-MgServicePrincipal'    = 'Filter!'
  'New-MgServicePrincipal'    = 'AppId!'
  'Get-MgServicePrincipalAppRoleAssignment' = 'ServicePrincipalId! All?'
  'New-MgServicePrincipalAppRoleAssignment' = 'ServicePrincipalId! PrincipalId! ResourceId! AppRoleId!'
  'Get-MgApplicationFederatedIdentityCredential' = 'ApplicationId! All?'
  'New-MgApplicationFederatedIdentityCredential' = 'ApplicationId! BodyParameter~'
  'Get-AzContext'             = ''
  'Get-AzKeyVaultSecret'      = 'VaultName! Name!'
  'Set-AzKeyVaultSecret'      = 'VaultName! Name! SecretValue!* ContentType Tag~'
  'Update-AzKeyVaultSecret'   = 'VaultName! Name! Version Tag~'
}

class HttpError : System.Exception {
  [object] $Response
  HttpError([string] $message, [object] $response) : base($message) { $this.Response = $response }
}

function ConvertFrom-Secure([securestring] $Value) { [System.Net.NetworkCredential]::new('', $Value).Password }

function ConvertTo-Secure([string] $Value) {
  $secure = [securestring]::new()
  foreach ($character in $Value.ToCharArray()) { $secure.AppendChar($character) }
  $secure
}

function Find-Account([string] $Key) {
  $Tenant.accounts | Where-Object { $_.PrimarySmtpAddress -eq $Key -or $_.ExternalDirectoryObjectId -eq $Key } | Select-Object -First 1
}

function Select-Filtered([object[]] $All, [string] $Filter) {
  if ($Filter -notmatch "^(\w+) eq '(.*)'$") { throw "filter $Filter" }
  $name, $value = $Matches[1], $Matches[2].Replace("''", "'")
  $All | ForEach-Object { ConvertTo-Object $_ } | Where-Object { $_.$name -eq $value }
}

function ConvertTo-Object([object] $Value) { $Value | ConvertTo-Json -Depth 10 | ConvertFrom-Json }

$handlers = @{
  'Get-ConnectionInformation' = { $Tenant.exchangeSessions | ForEach-Object { [pscustomobject]$_ } }
  'Get-MailUser'              = {
    if (-not $p.ContainsKey('HVEAccount') -or $p.ContainsKey('Identity')) { throw 'the list of HVE accounts is all that is known here' }
    $Tenant.accounts | ForEach-Object { [pscustomobject]@{ PrimarySmtpAddress = $_.PrimarySmtpAddress; Name = $_.Name; DisplayName = $_.DisplayName; ExternalDirectoryObjectId = $_.ExternalDirectoryObjectId } }
  }
  'New-MailUser'              = {
    if (Find-Account $p.PrimarySmtpAddress) { throw "The proxy address $($p.PrimarySmtpAddress) is already being used." }
    $display = if ($p.ContainsKey('DisplayName')) { $p.DisplayName } else { $p.Name }
    $Tenant.accounts += @{
      PrimarySmtpAddress = $p.PrimarySmtpAddress; Name = $p.Name; DisplayName = $display; password = ConvertFrom-Secure $p.Password
      ExternalDirectoryObjectId = "id-of-$($p.PrimarySmtpAddress)"; AuthenticationPolicy = ''; ReplyTo = ''; AllowedApps = @()
      BillingPolicyId = ''; BillingPolicyStatus = 'NoProperBillingPolicyStored'; AccountEnabled = $true; licences = @(); groups = @()
    }
  }
  'Set-MailUser'              = { (Find-Account $p.Identity).DisplayName = $p.DisplayName }
  'Get-Recipient'             = { $Tenant.recipients | Where-Object { $_.PrimarySmtpAddress -eq $p.Identity } | ForEach-Object { [pscustomobject]$_ } }
  'Get-User'                  = { [pscustomobject]@{ AuthenticationPolicy = (Find-Account $p.Identity).AuthenticationPolicy } }
  'Set-User'                  = { (Find-Account $p.Identity).AuthenticationPolicy = $p.AuthenticationPolicy }
  'Get-AcceptedDomain'        = { $Tenant.acceptedDomains | ForEach-Object { [pscustomobject]$_ } }
  'Get-OrganizationConfig'    = { [pscustomobject]@{ DefaultAuthenticationPolicy = $Tenant.defaultAuthenticationPolicy } }
  'Get-TransportConfig'       = { [pscustomobject]@{ SmtpClientAuthenticationDisabled = $Tenant.smtpClientAuthenticationDisabled } }
  'Get-AuthenticationPolicy'  = { $Tenant.authenticationPolicies | ForEach-Object { [pscustomobject]$_ } }
  'New-AuthenticationPolicy'  = { $Tenant.authenticationPolicies += @{ Name = $p.Name; AllowBasicAuthSmtp = $p.ContainsKey('AllowBasicAuthSmtp') } }
  'Get-HVEAccountSettings'    = { $a = Find-Account $p.Identity; [pscustomobject]@{ ReplyTo = $a.ReplyTo; AllowedApps = $a.AllowedApps } }
  'Set-HVEAccountSettings'    = { (Find-Account $p.Identity).ReplyTo = $p.ReplyTo }
  'Get-HVEAccountBillingPolicy' = { $a = Find-Account $p.Identity; [pscustomobject]@{ BillingPolicyId = $a.BillingPolicyId; BillingPolicyStatus = $a.BillingPolicyStatus } }
  'Set-HVEAccountBillingPolicy' = { $a = Find-Account $p.Identity; $a.BillingPolicyId = $p.BillingPolicyId; $a.BillingPolicyStatus = 'BillingPolicyValid' }
  'Add-HVEAppAccess'          = { (Find-Account $p.Identity).AllowedApps += @($p.AppIds) }
  'Get-MgContext'             = { if ($Tenant.graphSession) { [pscustomobject]@{ TenantId = $Tenant.tenantId } } }
  'Invoke-MgGraphRequest'     = {
    if ($p.Method -ne 'PATCH' -or $p.Uri -notmatch '^v1\.0/users/(.+)$') { throw "request $($p.Method) $($p.Uri)" }
    (Find-Account ([uri]::UnescapeDataString($Matches[1]))).password = $p.Body.passwordProfile.password
  }
  'Get-MgUser'                = { [pscustomobject]@{ Id = $p.UserId; AccountEnabled = (Find-Account $p.UserId).AccountEnabled } }
  'Get-MgUserLicenseDetail'   = { (Find-Account $p.UserId).licences | ForEach-Object { [pscustomobject]$_ } }
  'Get-MgUserTransitiveMemberOf' = { (Find-Account $p.UserId).groups | ForEach-Object { [pscustomobject]@{ Id = $_ } } }
  'Get-MgPolicyIdentitySecurityDefaultEnforcementPolicy' = { [pscustomobject]@{ IsEnabled = $Tenant.securityDefaults } }
  'Get-MgIdentityConditionalAccessPolicy' = { $Tenant.conditionalAccess | ForEach-Object { ConvertTo-Object $_ } }
  'Get-MgApplication'         = { Select-Filtered $Tenant.applications $p.Filter }
  'New-MgApplication'         = {
    $n = $Tenant.applications.Count + 1
    $application = @{ Id = "application-$n"; AppId = "00000000-0000-0000-0000-00000000000$n"; DisplayName = $p.DisplayName; RequiredResourceAccess = @(); credentials = @() }
    $Tenant.applications += $application
    ConvertTo-Object $application
  }
  'Update-MgApplication'      = { ($Tenant.applications | Where-Object Id -EQ $p.ApplicationId).RequiredResourceAccess = @($p.RequiredResourceAccess) }
  'Get-MgServicePrincipal'    = { Select-Filtered $Tenant.servicePrincipals $p.Filter }
  'New-MgServicePrincipal'    = {
    $principal = @{ Id = "principal-of-$($p.AppId)"; AppId = $p.AppId; AppRoles = @() }
    $Tenant.servicePrincipals += $principal
    ConvertTo-Object $principal
  }
  'Get-MgServicePrincipalAppRoleAssignment' = { $Tenant.roleAssignments | Where-Object { $_.PrincipalId -eq $p.ServicePrincipalId } | ForEach-Object { [pscustomobject]$_ } }
  'New-MgServicePrincipalAppRoleAssignment' = { $Tenant.roleAssignments += @{ PrincipalId = $p.PrincipalId; ResourceId = $p.ResourceId; AppRoleId = $p.AppRoleId } }
  'Get-MgApplicationFederatedIdentityCredential' = { ($Tenant.applications | Where-Object Id -EQ $p.ApplicationId).credentials | ForEach-Object { [pscustomobject]$_ } }
  'New-MgApplicationFederatedIdentityCredential' = { ($Tenant.applications | Where-Object Id -EQ $p.ApplicationId).credentials += @($p.BodyParameter) }
  'Get-AzContext'             = { if ($Tenant.azureSession) { [pscustomobject]@{ Name = 'here' } } }
  'Get-AzKeyVaultSecret'      = {
    if (-not $Tenant.vault.ContainsKey($p.Name)) { return }
    $last = $Tenant.vault[$p.Name][-1]
    [pscustomobject]@{ Name = $p.Name; Version = $last.version; Created = [datetime]$last.created; Tags = $last.tags; SecretValue = ConvertTo-Secure $last.value }
  }
  'Set-AzKeyVaultSecret'      = {
    if (-not $Tenant.vault.ContainsKey($p.Name)) { $Tenant.vault[$p.Name] = @() }
    $version = "v$($Tenant.vault[$p.Name].Count + 1)"
    # Odd, since JSON drops a zero at the end of a fraction: the same time must be the same text after a round trip.
    $created = [datetime]::new([datetime]::UtcNow.Ticks -bor 1, [DateTimeKind]::Utc).ToString('o')
    $Tenant.vault[$p.Name] += @{ version = $version; created = $created; tags = $p.Tag.Clone(); value = ConvertFrom-Secure $p.SecretValue }
    [pscustomobject]@{ Name = $p.Name; Version = $version; SecretValue = $p.SecretValue }
  }
  'Update-AzKeyVaultSecret'   = { ($Tenant.vault[$p.Name] | Where-Object version -EQ $p.Version).tags = $p.Tag.Clone() }
}

# Parameters as they go into the record: the only place where a secret may be seen.
function ConvertTo-Plain([object] $Value) {
  if ($Value -is [securestring]) { return ConvertFrom-Secure $Value }
  if ($Value -is [switch]) { return [bool]$Value }
  if ($Value -is [System.Collections.IDictionary]) {
    $copy = [ordered]@{}
    foreach ($key in $Value.Keys) { $copy["$key"] = ConvertTo-Plain $Value[$key] }
    return $copy
  }
  if ($Value -is [array]) { return , @($Value | ForEach-Object { ConvertTo-Plain $_ }) }
  $Value
}

function Invoke-Stub([string] $Name, [hashtable] $p, [System.Management.Automation.PSCmdlet] $Caller) {
  $plain = [ordered]@{}
  foreach ($key in $p.Keys | Where-Object { $_ -notin [System.Management.Automation.Cmdlet]::CommonParameters -and $_ -notin 'WhatIf', 'Confirm' } | Sort-Object) {
    $plain[$key] = ConvertTo-Plain $p[$key]
  }
  $Calls.Add([pscustomobject]@{ cmdlet = $Name; parameters = $plain })
  $request = ConvertTo-Json -InputObject $plain -Depth 10 -Compress
  $Caller.WriteDebug("HTTP REQUEST $Name $request")
  $Caller.WriteVerbose("$Name $request")
  $failure = $Tenant.failures[$Name]
  if ($failure -and $failure['skip'] -gt 0) { $failure['skip']--; $failure = $null }
  elseif ($failure -and $failure['times'] -gt 0) { $failure['times']-- }
  else { $failure = $null }
  try {
    if ($Name -in $Tenant['ignoredCmdlets']) { return }
    if (-not $failure -or $failure['after']) { $answer = @(. $handlers[$Name]) } else { $answer = @() }
    if ($failure -and $failure['dies']) {
      # As if the computer had been switched off at this moment.
      @{ tenant = $Tenant; calls = $Calls } | ConvertTo-Json -Depth 20 | Set-Content -LiteralPath $StatePath
      [Environment]::Exit(86)
    }
    $problem = if ($failure) { [HttpError]::new($failure['message'], @{ StatusCode = $failure['status'] }) }
  } catch {
    $answer = @()
    # PowerShell keeps one record for an exception: it has to be the one below, with the request in it.
    $global:Error.RemoveAt(0)
    $problem = [HttpError]::new($_.Exception.Message, $null)
  }
  if (-not $problem) { return $answer }
  $Caller.WriteError([System.Management.Automation.ErrorRecord]::new($problem, "Stub,$Name", 'NotSpecified', $request))
}

foreach ($name in $signatures.Keys) {
  $parameters = foreach ($word in $signatures[$name] -split ' ' | Where-Object { $_ }) {
    $type = if ($word.Contains('*')) { 'securestring' } elseif ($word.Contains('?')) { 'switch' } elseif ($word.Contains('~')) { 'object' } else { 'string' }
    "[Parameter($(if ($word.Contains('!')) { 'Mandatory' }))] [$type] `$$($word.Trim('!', '*', '?', '~'))"
  }
  # Dot-sourced here, so that they belong to this module, as the real ones belong to theirs.
  . ([scriptblock]::Create(@"
function $name {
  [CmdletBinding(SupportsShouldProcess)] param($($parameters -join ', '))
  Invoke-Stub '$name' ([hashtable]`$PSBoundParameters) `$PSCmdlet
}
"@))
}
Export-ModuleMember -Function @($signatures.Keys | Where-Object { $_ -notin $Tenant.missingCmdlets })
