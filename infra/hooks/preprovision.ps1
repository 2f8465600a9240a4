#Requires -Version 7.4
# Before provisioning: asks once for the sender account and the internal domains, and keeps them in azd's environment.
# Where nobody can be asked they come from the environment, and what is missing is named. preprovision.sh is its twin.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
# An error of azd ends this script.
$PSNativeCommandUseErrorActionPreference = $true

$how = @'
  azd env set HVE_ACCOUNTS '[{"address":"hve@contoso.com","secret":"hve-contoso-com"}]'
  azd env set HVE_INTERNAL_DOMAINS contoso.com
'@

function Stop-Hook([string[]] $Line) {
  foreach ($text in $Line) { [Console]::Error.WriteLine($text) }
  exit 1
}

function Test-CanAsk {
  if ("$env:AZD_NON_INTERACTIVE$env:CI$env:TF_BUILD" -match '1|true') { return $false }
  -not [Console]::IsInputRedirected
}

# One line from whoever sits there, without blanks around it.
function Read-Answer([string] $Prompt) {
  [Console]::Write($Prompt)
  $line = [Console]::ReadLine()
  if ($null -eq $line) {
    Stop-Hook '', 'No answer: nothing was set. Run the command again, or set the values first:', $how
  }
  $line.Trim()
}

$label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
$domain = "($label\.)+$label"

$accounts = $env:HVE_ACCOUNTS
$domains = $env:HVE_INTERNAL_DOMAINS
if ($accounts -eq '[]') { $accounts = '' }
if ($accounts -and $domains) { exit 0 }

if (-not (Test-CanAsk)) {
  $missing = @(
    if (-not $accounts) { 'HVE_ACCOUNTS (the sender accounts)' }
    if (-not $domains) { "HVE_INTERNAL_DOMAINS (the tenant's accepted domains)" }
  ) -join ' and '
  Stop-Hook "Not set: $missing. Nobody can be asked here, so set them, as variables of the pipeline or in azd's environment:", $how
}

$suggestion = ''
if (-not $accounts) {
  'The High Volume Email account that sends. docs/tenant.md says how to create one.'
  while ($true) {
    $address = Read-Answer 'Its address, such as hve@contoso.com: '
    if ($address -match "^[A-Za-z0-9._+-]+@$domain`$") { break }
    'That is no address of an account.'
  }
  $suggestion = $address.Split('@')[-1]
  # The name of its secret in Key Vault: hve@contoso.com becomes hve-contoso-com.
  $secret = ($address.ToLowerInvariant() -replace '[^a-z0-9]+', '-').Trim('-')
  azd env set HVE_ACCOUNTS "[{`"address`":`"$address`",`"secret`":`"$secret`"}]"
}

if (-not $domains) {
  "The tenant's accepted domains, separated by commas: recipients there are internal. ``*.contoso.com`` takes in the subdomains."
  $offer = if ($suggestion) { " [$suggestion]" } else { '' }
  while ($true) {
    $answer = Read-Answer "Internal domains${offer}: "
    $domains = ($answer ? $answer : $suggestion) -replace '\s', ''
    if ($domains -match "^(\*\.)?$domain(,(\*\.)?$domain)*`$") { break }
    'Those are no domains, such as contoso.com,*.contoso.com.'
  }
  azd env set HVE_INTERNAL_DOMAINS $domains
}
