#Requires -Version 7.2
# Runs cases in one PowerShell: each has a tenant of its own and steps that are calls of scripts, one after the other. Starting PowerShell
# takes longer than any case. What came of it (all streams, errors, calls, the tenant afterwards) goes into a file.
param([string] $JobPath, [string] $ResultPath)
$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
$global:ProgressPreference = 'SilentlyContinue'
$job = Get-Content -LiteralPath $JobPath -Raw | ConvertFrom-Json -AsHashtable

$streams = @{
  ErrorRecord = 'error'; WarningRecord = 'warning'; VerboseRecord = 'verbose'; DebugRecord = 'debug'; InformationRecord = 'information'
}

function Invoke-Case([hashtable] $Step) {
  $Error.Clear()
  $global:LASTEXITCODE = 0
  $parameters = $Step.parameters
  $preference = if ($Step.loud) { 'Continue' } else { 'SilentlyContinue' }
  $global:VerbosePreference = $preference
  $global:DebugPreference = $preference
  if ($Step.loud) {
    $parameters += @{ Verbose = $true; Debug = $true }
    $null = Start-Transcript -LiteralPath $Step.transcript -IncludeInvocationHeader
  }
  $output = [System.Collections.Generic.List[object]]::new()
  $said = [System.Collections.Generic.List[object]]::new()
  $failure = $null
  try {
    if ($Step.loud -eq 'shown') { & $Step.script @parameters | Out-Host }
    else {
      & $Step.script @parameters *>&1 | ForEach-Object {
        $stream = $streams[$_.GetType().Name]
        if ($stream) { $said.Add(@{ stream = $stream; text = "$_" }) } else { $output.Add($_) }
      }
    }
  } catch {
    $failure = @{ id = $_.FullyQualifiedErrorId -replace ',.*'; message = $_.Exception.Message; shown = ($_ | Out-String) }
  } finally {
    if ($Step.loud) { $null = Stop-Transcript }
    $global:VerbosePreference = 'SilentlyContinue'
    $global:DebugPreference = 'SilentlyContinue'
  }
  @{
    output = @($output); streams = @($said); failure = $failure; exitCode = $global:LASTEXITCODE
    # Whatever an error keeps in its depths: for the search for secrets.
    errors = @($Error | ForEach-Object { "$_ $($_.TargetObject) $($_ | Format-List * -Force | Out-String)" })
  }
}

$results = foreach ($case in $job.cases) {
  $calls = [System.Collections.Generic.List[object]]::new()
  Get-Module stubs | Remove-Module
  if (-not $case.withoutModules) {
    Import-Module (Join-Path $PSScriptRoot 'stubs.psm1') -ArgumentList $case.tenant, $calls, $ResultPath -Global -DisableNameChecking
  }
  $steps = foreach ($step in $case.steps) {
    if ($step.tenant) { foreach ($key in $step.tenant.Keys) { $case.tenant[$key] = $step.tenant[$key] } }
    $first = $calls.Count
    $result = Invoke-Case $step
    $result.calls = @($calls | Select-Object -Skip $first)
    $result.tenant = ConvertTo-Json -InputObject $case.tenant -Depth 20 | ConvertFrom-Json -AsHashtable
    $result
  }
  @{ steps = @($steps) }
}
ConvertTo-Json -InputObject @($results) -Depth 25 | Set-Content -LiteralPath $ResultPath
