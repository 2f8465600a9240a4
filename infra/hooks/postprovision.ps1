#Requires -Version 7.4
# After provisioning: asks for the password of each account whose secret is not in the Key Vault yet. A password is read without
# echo as a SecureString and goes to the Key Vault in the body of a request: it is on no command line, in no file, no log and no
# environment variable. (`az` takes a secret from standard input through the file /dev/stdin only, which Windows does not have.)
# HVE_ASK_PASSWORDS=true asks for all of them anew. postprovision.sh is its twin.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
# A progress bar asks the terminal where its cursor stands.
$ProgressPreference = 'SilentlyContinue'

$again = '  $env:HVE_ASK_PASSWORDS = ''true''; azd hooks run postprovision'
# Role assignments take minutes to be in force.
$WaitAtMostSeconds = 300
$ApiVersion = '7.4'

# Provisioning went well, and mail waits until it can be sent: nothing here stops the deployment.
function Exit-Hook([string[]] $Line) {
  '', $Line, '', 'Until then mail waits and nothing is lost. When that is done:', '  azd hooks run postprovision' | Out-Host
  exit 0
}

function Test-CanAsk {
  if ("$env:AZD_NON_INTERACTIVE$env:CI$env:TF_BUILD" -match '1|true') { return $false }
  -not [Console]::IsInputRedirected
}

$vault = $env:AZURE_KEY_VAULT_NAME
$endpoint = $env:AZURE_KEY_VAULT_ENDPOINT
if (-not $vault -or -not $endpoint) {
  [Console]::Error.WriteLine('AZURE_KEY_VAULT_NAME and AZURE_KEY_VAULT_ENDPOINT are not set: run azd provision first')
  exit 1
}
if (-not $env:MAILER_LOGINS) { exit 0 } # All accounts log in with OAuth.

if (-not (Test-CanAsk)) {
  Exit-Hook "Nobody can be asked for a password here. If the Key Vault $vault lacks one, run this at a terminal."
}
if (-not (Get-Command az -ErrorAction Ignore)) {
  Exit-Hook "The passwords go into the Key Vault $vault with the Azure CLI, which is not installed: install ``az``, then ``az login``."
}
$null = az account show --output none 2>&1
if ($LASTEXITCODE -ne 0) {
  $tenant = if ($env:AZURE_TENANT_ID) { " --tenant $env:AZURE_TENANT_ID" } else { '' }
  Exit-Hook 'The Azure CLI is not logged in:', "  az login$tenant"
}

# The names of the secrets, never a value.
$wait = 1
$waited = 0
while ($true) {
  $names = @(az keyvault secret list --vault-name $vault --query '[].name' --output tsv 2>&1 | ForEach-Object { "$_".Trim() })
  if ($LASTEXITCODE -eq 0) { break }
  $problem = $names -join [Environment]::NewLine
  if ($problem -match 'ForbiddenByConnection|ForbiddenByFirewall|ublic network access is disabled|not authorized and caller') {
    Exit-Hook "The Key Vault $vault is reached from its private network only. Do this from a machine in that network, or one that is",
    'connected to it (VPN, ExpressRoute, a peered network) and resolves its private DNS zones.'
  }
  if ($problem -notmatch 'Forbidden') { Exit-Hook "The names of the secrets in $vault cannot be read:", $problem }
  if ($waited -ge $WaitAtMostSeconds) {
    Exit-Hook "You may not read the names of the secrets in ${vault}:", $problem, '',
    'Somebody with rights on it must give you the role Key Vault Secrets Officer there.'
  }
  if ($waited -eq 0) { "Waiting for your right on the Key Vault $vault to be in force..." }
  Start-Sleep -Seconds $wait
  $waited += $wait
  if ($wait -lt 15) { $wait *= 2 }
}

function Set-Secret([string] $Name, [string] $Address, [securestring] $Value) {
  # https://NAME.vault.azure.net in the public cloud, and its like in the others: the service is what follows the name.
  $uri = [uri] $endpoint
  $service = 'https://' + ($uri.Host -replace '^[^.]+\.', '')
  $token = az account get-access-token --resource $service --query accessToken --output tsv | ConvertTo-SecureString -AsPlainText -Force
  if ($LASTEXITCODE -ne 0) { throw 'the Azure CLI gave no token for the Key Vault' }
  $request = @{
    Method         = 'Put'
    Uri            = [uri]::new($uri, "/secrets/${Name}?api-version=$ApiVersion")
    Authentication = 'Bearer'
    Token          = $token
    ContentType    = 'application/json'
  }
  # The answer has the value in it: it goes nowhere.
  $null = Invoke-RestMethod @request -Debug:$false -Verbose:$false -Body (
    @{ value = [System.Net.NetworkCredential]::new('', $Value).Password; tags = @{ hveAccount = $Address } } | ConvertTo-Json)
}

# Nothing is shown, not even a star for each letter. Read-Host would ask the terminal where its cursor stands, for each of them.
function Read-Password([string] $Prompt) {
  $typed = [securestring]::new()
  # From here on nothing echoes on Windows; elsewhere the terminal is told so, before the question.
  if (-not $IsWindows) { stty -echo }
  try {
    [Console]::Write($Prompt)
    while ($true) {
      $key = [Console]::ReadKey($true)
      if ($key.Key -eq [ConsoleKey]::Enter) { break }
      if ($key.Key -eq [ConsoleKey]::Backspace) {
        if ($typed.Length -gt 0) { $typed.RemoveAt($typed.Length - 1) }
      } elseif (-not [char]::IsControl($key.KeyChar)) { $typed.AppendChar($key.KeyChar) }
    }
  } finally {
    if (-not $IsWindows) { stty echo }
    [Console]::WriteLine()
  }
  $typed
}

$skipped = @()
foreach ($login in $env:MAILER_LOGINS.Split(',')) {
  $secret, $address = $login.Split('=', 2)
  if ($env:HVE_ASK_PASSWORDS -ne 'true' -and $secret -in $names) {
    "The password of $address is in the Key Vault already. To change it: $again"
    continue
  }
  $password = Read-Password "Password of $address (it is not shown; Enter alone leaves it for later): "
  if ($password.Length -eq 0) {
    $skipped += $address
    continue
  }
  try {
    Set-Secret -Name $secret -Address $address -Value $password
    "The password of $address is in the Key Vault $vault as the secret $secret."
  } catch {
    # Only its text: the record of the error holds the request.
    [Console]::Error.WriteLine("The password of $address could not be written: $($_.Exception.Message)")
    $skipped += $address
  } finally {
    $password.Dispose()
  }
}

if ($skipped.Count -gt 0) { Exit-Hook "Still without a password: $($skipped -join ' ')." }
