#Requires -Version 7.2
# The CSV file of New-HveAccounts.ps1: read and checked as a whole, before anything is changed.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot 'Hve.psm1') -Verbose:$false

# What a row may say; the help of New-HveAccounts.ps1 explains them.
$Columns = 'Address', 'Name', 'DisplayName', 'SecretName', 'ReplyTo', 'BillingPolicyId'

function Read-HveAccountFile {
  <#
  .SYNOPSIS
  Every row with its defaults filled in; or one error that names everything that is wrong with the file.
  #>
  [CmdletBinding()]
  param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [char] $Delimiter,
    [Parameter(Mandatory)] [string[]] $AcceptedDomain
  )
  if (-not (Test-Path -LiteralPath $Path -PathType Leaf)) {
    throw (ConvertTo-HveError -Id 'NoFile' -What "There is no file $Path." -Cause "Looked for in $(Get-Location)." `
        -Remedy 'Correct -Path.')
  }
  # Excel leaves empty rows behind.
  $lines = @(Import-Csv -LiteralPath (Convert-Path -LiteralPath $Path) -Delimiter $Delimiter -Encoding utf8 |
      Where-Object { "$($_.PSObject.Properties.Value)".Trim() })
  $found = if ($lines.Count -gt 0) { @($lines[0].PSObject.Properties.Name) } else { @() }
  if ($found -notcontains 'Address') {
    throw (ConvertTo-HveError -Id 'FileWithoutAddresses' -What "$Path has no row with a column Address." `
        -Cause "With '$Delimiter' between the columns it has: $(if ($found) { $found -join ' | ' } else { 'none' })." `
        -Remedy ("Name the columns in the first row ($($Columns -join $Delimiter)), or give what stands between them " +
          'with -Delimiter.'))
  }
  $problems = [System.Collections.Generic.List[string]]::new()
  foreach ($name in $found | Where-Object { $_ -notin $Columns }) {
    $problems.Add("the column $name is not known (known: $($Columns -join ', '))")
  }
  $rows = @($lines | ForEach-Object { ConvertTo-Row -Line $_ })
  foreach ($row in $rows) {
    foreach ($problem in Find-RowProblem -Row $row -AcceptedDomain $AcceptedDomain) { $problems.Add($problem) }
  }
  foreach ($group in $rows | Group-Object Address | Where-Object Count -GT 1) {
    $problems.Add("$($group.Name): stands in $($group.Count) rows")
  }
  foreach ($name in 'SecretName', 'Name') {
    foreach ($group in $rows | Group-Object $name) {
      $sharing = @($group.Group | ForEach-Object { $_.Address } | Sort-Object -Unique)
      if ($sharing.Count -lt 2) { continue }
      $problems.Add("$($sharing -join ', '): would share the $name $($group.Name); say others in the column $name")
    }
  }
  if ($problems.Count -gt 0) {
    throw (ConvertTo-HveError -Id 'FileInvalid' -What "$Path is not right; nothing was changed." `
        -Cause "$($problems -join '; ')." -Remedy 'Correct the file and run this again.')
  }
  $rows
}

function ConvertTo-Row([object] $Line) {
  $cell = @{}
  foreach ($name in $Columns) { $cell[$name] = "$(Get-HveProperty -InputObject $Line -Name $name)".Trim() }
  $cell.Address = $cell.Address.ToLowerInvariant()
  if (-not $cell.Name) { $cell.Name = ($cell.Address -split '@')[0] }
  if (-not $cell.SecretName) { $cell.SecretName = Get-HveSecretName -Address $cell.Address }
  [pscustomobject]$cell
}

function Find-RowProblem([object] $Row, [string[]] $AcceptedDomain) {
  if (-not (Test-HveAddress -Address $Row.Address)) { "'$($Row.Address)' is no e-mail address"; return }
  $domain = ($Row.Address -split '@')[1]
  if ($domain -notin $AcceptedDomain) {
    "$($Row.Address): $domain is no accepted domain of the tenant (it has $($AcceptedDomain -join ', '))"
  }
  if ($Row.Name.Length -gt 64) { "$($Row.Address): Name has $($Row.Name.Length) characters, 64 are allowed" }
  if ($Row.SecretName -notmatch '^[0-9A-Za-z-]{1,127}$') {
    "$($Row.Address): SecretName '$($Row.SecretName)' is not 1 to 127 letters, digits and hyphens"
  }
  if ($Row.ReplyTo -and -not (Test-HveAddress -Address $Row.ReplyTo)) {
    "$($Row.Address): ReplyTo '$($Row.ReplyTo)' is no e-mail address"
  }
  if ($Row.BillingPolicyId -and -not [guid]::TryParse($Row.BillingPolicyId, [ref] [guid]::Empty)) {
    "$($Row.Address): BillingPolicyId '$($Row.BillingPolicyId)' is no GUID"
  }
}

Export-ModuleMember -Function Read-HveAccountFile
