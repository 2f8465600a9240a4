#Requires -Version 7.4
# After publishing: says how to send the first mail. postdeploy.sh is its twin.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$group = $env:AZURE_RESOURCE_GROUP
$app = $env:AZURE_FUNCTION_APP_NAME
$api = $env:MAILER_API_URI
if (-not $group -or -not $app -or -not $api) {
  [Console]::Error.WriteLine('AZURE_RESOURCE_GROUP, AZURE_FUNCTION_APP_NAME and MAILER_API_URI are not set: run azd provision first')
  exit 1
}

$isGuarded = [bool] $env:MAILER_API_CLIENT_ID
if ($isGuarded) {
  $proof = "`$token = az account get-access-token --resource api://$($env:MAILER_API_CLIENT_ID) --query accessToken --output tsv"
  $headers = 'authorization = "Bearer $token"'
} else {
  $proof = "`$key = az functionapp keys list --resource-group $group --name $app --query functionKeys.default --output tsv"
  $headers = "'x-functions-key' = `$key"
}

@"

The mailer is there. Send the first mail, to an address of your own:

  $proof
  `$headers = @{ $headers }
  Invoke-RestMethod -Method Post -Headers `$headers -ContentType 'application/json' ``
    -Body '{ "to": "you@contoso.com", "subject": "The first mail", "text": "It works." }' $api/messages

It answers with the message's id. What became of it, and whether all is well:

  Invoke-RestMethod -Headers `$headers $api/messages/ID
  Invoke-RestMethod -Headers `$headers "$api/health?deep=1"
"@
if ($isGuarded) {
  'The API asks for a token of an allowed client, and the Azure CLI is one where HVE_API_ALLOWED_CLIENT_IDS names it; and for'
  'the role Mail.Operate, which somebody must assign to you. Both: docs/deploy.md.'
}
if ($env:MAILER_PRIVATE_NETWORK -eq 'true' -and $env:HVE_PRIVATE_API -eq 'true') { 'The API is in the private network: send the mail from there.' }
''
if (-not $isGuarded) { "That key is an operator's: give it to no application." }
'How applications send mail, and with which rights: docs/send-mail.md.'
