#!/bin/sh
# After publishing: says how to send the first mail. postdeploy.ps1 is its twin.
set -eu

group=${AZURE_RESOURCE_GROUP:?run azd provision first}
app=${AZURE_FUNCTION_APP_NAME:?run azd provision first}
api=${MAILER_API_URI:?run azd provision first}

if [ -n "${MAILER_API_CLIENT_ID:-}" ]; then
  proof="token=\$(az account get-access-token --resource api://$MAILER_API_CLIENT_ID --query accessToken --output tsv)"
  header='authorization: Bearer $token'
else
  proof="key=\$(az functionapp keys list --resource-group $group --name $app --query functionKeys.default --output tsv)"
  header='x-functions-key: $key'
fi

cat <<TEXT

The mailer is there. Send the first mail, to an address of your own:

  $proof
  curl --include --header "$header" --header 'content-type: application/json' \\
    --data '{ "to": "you@contoso.com", "subject": "The first mail", "text": "It works." }' $api/messages

It answers 202 and the message's id. What became of it, and whether all is well:

  curl --header "$header" $api/messages/ID
  curl --header "$header" "$api/health?deep=1"
TEXT
if [ -n "${MAILER_API_CLIENT_ID:-}" ]; then
  echo 'The API asks for a token of an allowed client, and the Azure CLI is one where HVE_API_ALLOWED_CLIENT_IDS names it; and for'
  echo 'the role Mail.Operate, which somebody must assign to you. Both: docs/deploy.md.'
fi
if [ "${MAILER_PRIVATE_NETWORK:-}" = true ] && [ "${HVE_PRIVATE_API:-}" = true ]; then
  echo 'The API is in the private network: send the mail from there.'
fi
echo
[ -n "${MAILER_API_CLIENT_ID:-}" ] || echo "That key is an operator's: give it to no application."
echo 'How applications send mail, and with which rights: docs/send-mail.md.'
