#!/bin/sh
# Before provisioning: asks once for the sender account and the internal domains, and keeps them in azd's environment.
# Where nobody can be asked they come from the environment, and what is missing is named. preprovision.ps1 is its twin.
set -eu

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

can_ask() {
  case "${AZD_NON_INTERACTIVE:-}${CI:-}${TF_BUILD:-}" in
    *1* | *[Tt][Rr][Uu][Ee]*) return 1 ;;
  esac
  [ -t 0 ]
}

# One line from whoever sits there, without blanks around it.
answer=
ask() {
  printf '%s' "$1"
  IFS= read -r answer || fail '' 'No answer: nothing was set. Run the command again, or set the values first:' "$how"
  answer=$(printf '%s' "$answer" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//')
}

matches() {
  printf '%s\n' "$1" | grep -Eq "$2"
}

label='[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
domain="($label\\.)+$label"
how="  azd env set HVE_ACCOUNTS '[{\"address\":\"hve@contoso.com\",\"secret\":\"hve-contoso-com\"}]'
  azd env set HVE_INTERNAL_DOMAINS contoso.com"

accounts=${HVE_ACCOUNTS:-}
domains=${HVE_INTERNAL_DOMAINS:-}
[ "$accounts" != '[]' ] || accounts=
if [ -n "$accounts" ] && [ -n "$domains" ]; then exit 0; fi

if ! can_ask; then
  missing=
  [ -n "$accounts" ] || missing='HVE_ACCOUNTS (the sender accounts)'
  [ -n "$domains" ] || missing="${missing:+$missing and }HVE_INTERNAL_DOMAINS (the tenant's accepted domains)"
  fail "Not set: $missing. Nobody can be asked here, so set them, as variables of the pipeline or in azd's environment:" "$how"
fi

suggestion=
if [ -z "$accounts" ]; then
  echo 'The High Volume Email account that sends. docs/tenant.md says how to create one.'
  while :; do
    ask 'Its address, such as hve@contoso.com: '
    if matches "$answer" "^[A-Za-z0-9._+-]+@$domain\$"; then break; fi
    echo 'That is no address of an account.'
  done
  address=$answer
  suggestion=${address#*@}
  # The name of its secret in Key Vault: hve@contoso.com becomes hve-contoso-com.
  secret=$(printf '%s' "$address" | LC_ALL=C tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9]+/-/g; s/^-+//; s/-+$//')
  azd env set HVE_ACCOUNTS "[{\"address\":\"$address\",\"secret\":\"$secret\"}]"
fi

if [ -z "$domains" ]; then
  echo "The tenant's accepted domains, separated by commas: recipients there are internal. \`*.contoso.com\` takes in the subdomains."
  while :; do
    ask "Internal domains${suggestion:+ [$suggestion]}: "
    domains=$(printf '%s' "${answer:-$suggestion}" | tr -d '[:space:]')
    if matches "$domains" "^(\\*\\.)?$domain(,(\\*\\.)?$domain)*\$"; then break; fi
    echo 'Those are no domains, such as contoso.com,*.contoso.com.'
  done
  azd env set HVE_INTERNAL_DOMAINS "$domains"
fi
