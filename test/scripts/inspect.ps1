#Requires -Version 7.2
# What can be said of the scripts without running them, as JSON: syntax, help, parameters, and the calls of cloud cmdlets.
param([string] $Folder)
$ErrorActionPreference = 'Stop'

# Verbs and nouns of the clouds' cmdlets, and of nothing that the scripts or PowerShell define.
$cloud = '^\w+-(Mg|Az|HVE(Account(Settings|BillingPolicy)|AppAccess)$|MailUser$|User$|Recipient$|AcceptedDomain$|' +
'OrganizationConfig$|TransportConfig$|AuthenticationPolicy$)'

function Get-CloudCall([System.Management.Automation.Language.Ast] $Ast) {
  $Ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) |
    Where-Object { "$($_.GetCommandName())" -cmatch $cloud } | ForEach-Object {
      # A splatted @quiet stands for the three switches that it holds.
      $words = @($_.CommandElements | ForEach-Object { $_.Extent.Text })
      @{ cmdlet = $_.GetCommandName(); words = @($words | ForEach-Object { $_ -eq '@quiet' ? @('-ErrorAction', '-Verbose:$false', '-Debug:$false') : $_ }) }
    }
}

$common = @([System.Management.Automation.Cmdlet]::CommonParameters) + 'WhatIf', 'Confirm'
$files = foreach ($file in Get-ChildItem -LiteralPath $Folder -Recurse -Include *.ps1, *.psm1 | Sort-Object Name) {
  $tokens = $errors = $null
  $ast = [System.Management.Automation.Language.Parser]::ParseFile($file.FullName, [ref]$tokens, [ref]$errors)
  $parameters = @($ast.FindAll({ $args[0] -is [System.Management.Automation.Language.ParameterAst] }, $true) | ForEach-Object {
      @{ name = $_.Name.VariablePath.UserPath; type = $_.StaticType.Name }
    })
  $facts = @{
    name = $file.Name; errors = @($errors | ForEach-Object { "$($_.Extent.StartLineNumber): $($_.Message)" })
    text = $ast.Extent.Text; parameters = $parameters; calls = @(Get-CloudCall $ast); help = @()
  }
  $documented = if ($file.Extension -eq '.ps1') { $file.FullName } else {
    $module = Import-Module $file.FullName -PassThru -Force
    $module.ExportedFunctions.Keys | Where-Object { $_ -notlike '*Finding' }
  }
  foreach ($name in $documented) {
    $command = Get-Command $name
    $help = Get-Help $name -Full
    $own = @($command.Parameters.Keys | Where-Object { $_ -notin $common })
    $described = @($help.parameters.parameter | Where-Object { $_.description } | ForEach-Object { $_.name })
    $facts.help += @{
      name = Split-Path $name -Leaf; synopsis = "$($help.Synopsis)".Trim(); description = "$(@($help.description.Text) -join ' ')".Trim()
      undescribed = @($own | Where-Object { $_ -notin $described }); hasWhatIf = $command.Parameters.ContainsKey('WhatIf')
      examples = @($help.examples.example | Where-Object { $_ } | ForEach-Object { "$($_.code)" })
      notes = "$($help.alertSet.alert.Text)"
    }
  }
  $facts
}
Import-Module (Join-Path $Folder 'modules/Hve.psm1') -Force
$limits = @{}
foreach ($name in 'preview-2024', 'ga-2026') { $limits[$name] = Get-HveAccountLimit -HveProfile $name }
ConvertTo-Json -Depth 6 -InputObject @{ files = @($files); limits = $limits; secretName = Get-HveSecretName -Address 'Hve.Payroll@contoso.com' }
