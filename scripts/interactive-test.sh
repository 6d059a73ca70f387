#!/usr/bin/env bash
# Asks for a user name and a password, logs in, and shows what the token says and what the profile says.
# usage: [BASE_URL=http://localhost] scripts/interactive-test.sh
#        printf '%s\n' alice password123 | scripts/interactive-test.sh
# The exit code is the number of failed checks.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/http.sh
. "$here/lib/http.sh"
# shellcheck source=lib/jwt.sh
. "$here/lib/jwt.sh"
# shellcheck source=lib/checks.sh
. "$here/lib/checks.sh"

main() {
  local username password token claims issued expires
  require_gateway
  ask_for_credentials

  heading 'Logging in'
  post_login "$(credentials "$username" "$password")"
  expect_answer "POST /login as $username" 200
  if [[ $status != 200 ]]; then finish; fi

  token=$(json_field token "$body")
  heading 'What the token says (anyone can read it; only the signature makes it true)'
  claims=$(jwt_claims "$token")
  print_fields "$claims"
  issued=$(json_field iat "$claims") expires=$(json_field exp "$claims")
  expect 'expiresIn, the seconds from iat to exp' $((${expires:-0} - ${issued:-0})) "$(json_field expiresIn "$body")"

  heading 'What the profile says'
  get_profile "$token"
  print_fields "$body"
  expect_answer 'GET /api/v1/user/profile' 200
  expect 'whose profile' "$username" "$(json_field username "$body")"
  expect 'the id in it, and the sub of the token' "$(json_field sub "$claims")" "$(json_field id "$body")"

  finish
}

# Sets username and password. The prompts show on a terminal only; a pipe may end without a newline.
ask_for_credentials() {
  IFS= read -rp 'User name: ' username || true
  IFS= read -rsp 'Password: ' password || true
  if [[ -t 0 ]]; then echo; fi
}

# print_fields JSON: one field a line.
print_fields() {
  printf '%s\n' "$1" | awk '{ sub(/^[{]/, ""); gsub(/[}]/, ""); gsub(/[{,]"/, "\n  \""); print "  " $0 }'
}

main "$@"
