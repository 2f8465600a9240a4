#Requires -Version 7.2
# What the scripts must not do, for the test that looks for secrets: it has to find this one.
[CmdletBinding()] param()
$password = [securestring]::new()
foreach ($character in 'a-password-that-leaks'.ToCharArray()) { $password.AppendChar($character) }
$null = Set-AzKeyVaultSecret -VaultName kv -Name leak -SecretValue $password -Tag @{}
Invoke-MgGraphRequest -Method POST -Uri nowhere -Body @{ password = 'a-password-that-leaks' } -Debug:$false -Verbose:$false
