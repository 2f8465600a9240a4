#!/bin/sh
# After publishing: says how to send the first mail. postdeploy.ps1 is its twin.
set -eu

group=${AZURE_RESOURCE_GROUP:?run azd provision first}
app=${AZURE_FUNCTION_APP_NAME:?run azd provision first}
api=${MAILER_API_URI:?run azd provision first}

token=
if [ -n "${MAILER_API_CLIENT_ID:-}" ]; then
  token=" --header \"authorization: Bearer \$(az account get-access-token --resource api://$MAILER_API_CLIENT_ID --query accessToken --output tsv)\""
fi

cat <<TEXT

The mailer is there. Send the first mail, to an address of your own:

  key=\$(az functionapp keys list --resource-group $group --name $app --query functionKeys.default --output tsv)
  curl --include --header "x-functions-key: \$key"$token --header 'content-type: application/json' \\
    --data '{ "to": "you@contoso.com", "subject": "The first mail", "text": "It works." }' $api/messages

It answers 202 and the message's id. What became of it, and whether all is well:

  curl --header "x-functions-key: \$key"$token $api/messages/ID
  curl --header "x-functions-key: \$key"$token "$api/health?deep=1"
TEXT
if [ -n "$token" ]; then
  echo 'The API asks for a token of an allowed client: the Azure CLI is one where HVE_API_ALLOWED_CLIENT_IDS names it.'
fi
if [ "${MAILER_PRIVATE_NETWORK:-}" = true ] && [ "${HVE_PRIVATE_API:-}" = true ]; then
  echo 'The API is in the private network: send the mail from there.'
fi
cat <<TEXT

That key is an operator's. How applications send mail, and with which rights: docs/send-mail.md.
TEXT
