/**
 * Stand-ins for the tools by which a snippet gets a token and an operator the addresses: they take exactly what the pages say,
 * and answer by the local stack's managed identity.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const AZ = `#!/bin/sh
case "$*" in
"account get-access-token --resource "*" --query accessToken --output tsv")
  curl --silent --fail --get --header "X-IDENTITY-HEADER: $IDENTITY_HEADER" --data 'api-version=2019-08-01' \\
    --data-urlencode "resource=$4" "$IDENTITY_ENDPOINT" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/' ;;
"functionapp function keys set --function-name postMessage --key-name payroll --name func-hve-1 --resource-group rg-hve-1 --query value --output tsv")
  echo key-of-payroll ;;
"functionapp keys list --name func-hve-1 --resource-group rg-hve-1 --query functionKeys.default --output tsv")
  echo key-of-all ;;
*) echo "az does not take: $*" >&2; exit 2 ;;
esac
`;

const AZD = `#!/bin/sh
case "$*" in
"env get-value MAILER_API_URI") echo https://func-hve-1.azurewebsites.net/api ;;
"env get-value MAILER_OUTBOX_URI") echo https://sthve1.queue.core.windows.net/mail-outbox ;;
"env get-value MAILER_API_CLIENT_ID") echo client-id ;;
"env get-value AZURE_FUNCTION_APP_NAME") echo func-hve-1 ;;
"env get-value AZURE_RESOURCE_GROUP") echo rg-hve-1 ;;
*) echo "azd does not take: $*" >&2; exit 2 ;;
esac
`;

/** To be read before a snippet in PowerShell. */
export const AZ_ACCOUNTS = `
function Connect-AzAccount { param([Parameter(Mandatory)][switch]$Identity) 'connected' }
function Get-AzAccessToken {
    param([Parameter(Mandatory)][string]$ResourceUrl, [Parameter(Mandatory)][switch]$AsSecureString)
    $query = "api-version=2019-08-01&resource=$([uri]::EscapeDataString($ResourceUrl))"
    $answer = Invoke-RestMethod -Uri "$($env:IDENTITY_ENDPOINT)?$query" -Headers @{ 'X-IDENTITY-HEADER' = $env:IDENTITY_HEADER }
    [pscustomobject]@{ Token = ConvertTo-SecureString -String $answer.access_token -AsPlainText -Force }
}
`;

/** Puts `az` and `azd` into a folder of their own below this one, and gives its path. */
export function installTools(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries({ az: AZ, azd: AZD })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}
