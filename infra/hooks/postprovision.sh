#!/bin/sh
# After provisioning: asks for the password of each account whose secret is not in the Key Vault yet. A password is read without
# echo and goes to `az` by standard input: it is on no command line, in no file, no log and no environment variable.
# HVE_ASK_PASSWORDS=true asks for all of them anew. postprovision.ps1 is its twin.
set -eu

vault=${AZURE_KEY_VAULT_NAME:?run azd provision first}
logins=${MAILER_LOGINS:-}
again="  HVE_ASK_PASSWORDS=true azd hooks run postprovision"

# Provisioning went well, and mail waits until it can be sent: nothing here stops the deployment.
leave() {
  printf '%s\n' '' "$@" '' 'Until then mail waits and nothing is lost. When that is done:' "  azd hooks run postprovision"
  exit 0
}

can_ask() {
  case "${AZD_NON_INTERACTIVE:-}${CI:-}${TF_BUILD:-}" in
    *1* | *[Tt][Rr][Uu][Ee]*) return 1 ;;
  esac
  [ -t 0 ]
}

if [ -z "$logins" ]; then exit 0; fi # All accounts log in with OAuth.

if ! can_ask; then
  leave "Nobody can be asked for a password here. If the Key Vault $vault lacks one, run this at a terminal."
fi
if ! command -v az >/dev/null 2>&1; then
  leave "The passwords go into the Key Vault $vault with the Azure CLI, which is not installed: install \`az\`, then \`az login\`."
fi
if ! az account show --output none 2>/dev/null; then
  leave "The Azure CLI is not logged in:" "  az login${AZURE_TENANT_ID:+ --tenant $AZURE_TENANT_ID}"
fi

# The names of the secrets, never a value. A right that was given a moment ago may take minutes to be in force.
names=
error=
wait_seconds=1
waited_seconds=0
until names=$(az keyvault secret list --vault-name "$vault" --query '[].name' --output tsv 2>&1); do
  error=$names
  case $error in
    *ForbiddenByConnection* | *ForbiddenByFirewall* | *'ublic network access is disabled'* | *'not authorized and caller'*)
      leave "The Key Vault $vault is reached from its private network only. Do this from a machine in that network, or one that is" \
        "connected to it (VPN, ExpressRoute, a peered network) and resolves its private DNS zones."
      ;;
    *Forbidden*)
      if [ "$waited_seconds" -ge 300 ]; then
        leave "You may not read the names of the secrets in $vault:" "$error" '' \
          "Somebody with rights on it must give you the role Key Vault Secrets Officer there."
      fi
      [ "$waited_seconds" -gt 0 ] || echo "Waiting for your right on the Key Vault $vault to be in force..."
      sleep "$wait_seconds"
      waited_seconds=$((waited_seconds + wait_seconds))
      if [ "$wait_seconds" -lt 15 ]; then wait_seconds=$((wait_seconds * 2)); fi
      ;;
    *) leave "The names of the secrets in $vault cannot be read:" "$error" ;;
  esac
done

has_secret() {
  printf '%s\n' "$names" | tr -d '\r' | grep -Fqx "$1"
}

# Whatever ends this script, the terminal echoes again.
restore() {
  stty echo 2>/dev/null || :
}
trap restore EXIT
trap 'restore; exit 130' INT TERM HUP

skipped=
rest=$logins
while [ -n "$rest" ]; do
  login=${rest%%,*}
  case $rest in
    *,*) rest=${rest#*,} ;;
    *) rest= ;;
  esac
  secret=${login%%=*}
  address=${login#*=}
  if [ "${HVE_ASK_PASSWORDS:-}" != true ] && has_secret "$secret"; then
    echo "The password of $address is in the Key Vault already. To change it: $again"
    continue
  fi

  # Before the question, so that not even a hasty first letter shows.
  stty -echo
  printf 'Password of %s (it is not shown; Enter alone leaves it for later): ' "$address"
  IFS= read -r password || password=
  stty echo
  echo
  if [ -z "$password" ]; then
    skipped="$skipped $address"
    continue
  fi
  # printf is part of the shell: the password is in no process's arguments. --output none: az shows the secret otherwise.
  # Not `--value @-`: az puts what it reads that way in place of its own arguments, and older versions log those.
  if printf '%s' "$password" | az keyvault secret set --vault-name "$vault" --name "$secret" --file /dev/stdin \
    --encoding utf-8 --tags "hveAccount=$address" --output none; then
    echo "The password of $address is in the Key Vault $vault as the secret $secret."
  else
    skipped="$skipped $address"
  fi
  password=
done

if [ -n "$skipped" ]; then leave "Still without a password:$skipped."; fi
