#!/usr/bin/env bash
# What it takes to pass the gate, and what does not.
# usage: [BASE_URL=http://localhost] scripts/test-authorization.sh
# The exit code is the number of failed checks.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/http.sh
. "$here/lib/http.sh"
# shellcheck source=lib/jwt.sh
. "$here/lib/jwt.sh"
# shellcheck source=lib/checks.sh
. "$here/lib/checks.sh"

readonly profile_path=/api/v1/user/profile

main() {
  local token
  require_gateway
  post_login "$(credentials alice password123)"
  token=$(json_field token "$body")

  heading 'A good token'
  expect_passes "Bearer $token" 'as issued'
  expect_passes "bearer $token" 'scheme in lower case (RFC 9110 11.1)'

  heading 'No token, or none that can be read'
  expect_challenge 'no Authorization header' 'Bearer*' 'Bearer*error=*'
  get $profile_path 'Authorization;' # how curl spells an empty header
  expect_answer 'an empty one' 401
  expect_refused 'a scheme and no token' 'Bearer'
  expect_refused 'a word' 'Bearer nonsense'
  expect_refused 'three parts of nothing' 'Bearer ..'
  expect_refused 'two parts' "Bearer ${token%.*}"
  expect_refused 'four parts' "Bearer $token.x"
  expect_refused 'the token twice' "Bearer $token $token"
  expect_refused 'no scheme' "$token"
  expect_refused 'the scheme Basic' "Basic $token"

  heading 'A token that was changed'
  expect_refused 'another subject, the old signature' "Bearer $(as_admin "$token")"
  expect_refused 'another signature' "Bearer $(with_other_signature "$token")"
  expect_refused 'alg none, no signature' "Bearer $(unsigned "$token" none)."
  expect_refused 'alg None, no signature' "Bearer $(unsigned "$token" None)."
  expect_refused 'alg none, the old signature' "Bearer $(unsigned "$token" none).${token##*.}"
  expect_challenge 'told why' 'Bearer*error="invalid_token"*' '' "Bearer $(with_other_signature "$token")"

  heading 'Two Authorization headers'
  get $profile_path "Authorization: Bearer $token" 'Authorization: Bearer nonsense'
  expect_answer 'good, then bad' 400
  get $profile_path 'Authorization: Bearer nonsense' "Authorization: Bearer $token"
  expect_answer 'bad, then good' 400

  heading 'Paths that try to go round the gate, no token'
  expect_no_way_round

  heading 'What is not for outside, with a good token'
  expect_not_found "$token" /validate /_auth_validation /livez /readyz /metrics

  heading 'What does not exist, with a good token'
  expect_not_found "$token" /nowhere /API/v1/user/profile /api/v1/nowhere

  finish
}

# expect_passes CREDENTIALS WHAT
expect_passes() {
  get $profile_path "Authorization: $1"
  expect "$2" '200 1 alice standard' "$(profile)"
}

# expect_refused WHAT CREDENTIALS
expect_refused() {
  get $profile_path "Authorization: $2"
  expect_answer "$1" 401
}

# expect_challenge WHAT PATTERN NOT-PATTERN [CREDENTIALS]: a 401 says once which scheme it wants (RFC 6750 3).
expect_challenge() {
  local challenge
  get $profile_path ${4:+"Authorization: $4"}
  expect_answer "$1" 401
  challenge=$(answer_header WWW-Authenticate)
  # shellcheck disable=SC2053 # the patterns are patterns
  if [[ $challenge == $2 && $challenge != $3 && $challenge != *$'\n'* ]]; then
    pass 'its WWW-Authenticate' "$2" "$challenge"
  else
    fail 'its WWW-Authenticate' "$2${3:+ and not $3}" "$challenge"
  fi
}

expect_no_way_round() {
  local path
  for path in \
    '/API/v1/user/profile' '/Api/V1/user/profile' '/api/v1/user/PROFILE' '/api/v1/user/profile/' \
    '//api/v1/user/profile' '/api//v1/user/profile' '/./api/v1/user/profile' '/login/../api/v1/user/profile' \
    '/login/..%2fapi/v1/user/profile' '/login/%2e%2e/api/v1/user/profile' '/%61pi/v1/user/profile' \
    '/api%2fv1/user/profile' '/api\v1\user\profile' '/api/v1;/user/profile' '/api/v1/user/profile.js' \
    '/api/v1/user/profile%00' '/api/v1/user/profile?x=/login' '/api/v1/user/profile%23/login' '/api/v1/nowhere'; do
    get "$path"
    expect_answer "GET $path" '400 or 401 or 404'
  done
}

# expect_not_found TOKEN PATH ...
expect_not_found() {
  local token=$1 path
  shift
  for path in "$@"; do
    get "$path" "Authorization: Bearer $token"
    expect_answer "GET $path" 404
  done
}

# as_admin TOKEN: the token of user 1, claiming to be user 3's.
as_admin() {
  local claims
  claims=$(jwt_claims "$1" | sed 's/"sub":"1"/"sub":"3"/')
  printf '%s.%s.%s' "${1%%.*}" "$(base64url_encode "$claims")" "${1##*.}"
}

# The first character: of the last one, some bits carry nothing, so it can be changed and the signature stay the same.
with_other_signature() {
  local signature=${1##*.} first=A
  if [[ $signature == A* ]]; then first=B; fi
  printf '%s.%s%s' "${1%.*}" "$first" "${signature#?}"
}

# unsigned TOKEN ALGORITHM: header and payload, ready for a dot and a signature or none.
unsigned() {
  local payload=${1#*.}
  printf '%s.%s' "$(base64url_encode "{\"alg\":\"$2\",\"typ\":\"JWT\"}")" "${payload%%.*}"
}

main "$@"
