#!/usr/bin/env bash
# The life of a session: opened by a login, renewed, listed, ended; and how soon ended means ended.
# usage: [BASE_URL=http://localhost] scripts/test-sessions.sh
# The exit code is the number of failed checks.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/http.sh
. "$here/lib/http.sh"
# shellcheck source=lib/jwt.sh
. "$here/lib/jwt.sh"
# shellcheck source=lib/checks.sh
. "$here/lib/checks.sh"

# The access token of an ended session is refused everywhere within so many seconds.
readonly bound_seconds=2

token='' refresh_token=''

main() {
  local first_token first_refresh session other_refresh
  require_gateway

  heading '1. alice logs in: an access token for minutes, a refresh token for days.'
  log_in
  first_token=$token first_refresh=$refresh_token session=$(session_of "$token")
  expect 'the refresh token, in characters' 43 "${#refresh_token}"
  get_profile "$token"
  expect 'her profile' '200 1 alice standard' "$(profile)"

  heading '2. She trades the refresh token for a new pair.'
  refresh "$first_refresh"
  expect_answer 'POST /refresh' 200
  read_tokens
  expect 'the refresh token is another' yes "$([[ $refresh_token != "$first_refresh" ]] && echo yes || echo no)"
  expect 'the access token is another' yes "$([[ $token != "$first_token" ]] && echo yes || echo no)"
  expect 'the session is the same' "$session" "$(session_of "$token")"
  get_profile "$token"
  expect 'her profile, with the new one' '200 1 alice standard' "$(profile)"

  heading '3. Had the answer been lost, she would ask again, and be told the same.'
  refresh "$first_refresh"
  expect_answer 'POST /refresh, with the old one, within the grace' 200
  expect 'its refresh token is the new one' yes "$([[ $(json_field refreshToken "$body") == "$refresh_token" ]] && echo yes || echo no)"

  heading '4. She sees her sessions, and ends one that she has elsewhere.'
  other_refresh=$(log_in && printf '%s' "$refresh_token")
  get /sessions "Authorization: Bearer $token"
  expect_answer 'GET /sessions' 200
  expect 'this one is among them, as the current one' yes "$(lists_as_current "$session")"
  request DELETE /sessions "Authorization: Bearer $token"
  expect_answer 'DELETE /sessions: all but this one' 204
  refresh "$other_refresh"
  expect_answer 'POST /refresh of the one elsewhere' '401 invalid-refresh-token'
  request DELETE /sessions/00000000-0000-4000-8000-000000000000 "Authorization: Bearer $token"
  expect_answer 'DELETE /sessions/ of one that is not hers' '404 not-found'

  heading '5. She logs out, once and once more.'
  log_out "$refresh_token"
  expect_answer 'POST /logout' 204
  expect "seconds until her profile is refused, $bound_seconds at most" 'within the bound' "$(until_refused "$token")"
  get_profile "$first_token"
  expect_answer 'her profile, with the first token' '401 invalid-token'
  log_out "$refresh_token"
  expect_answer 'POST /logout, again' 204

  heading '6. Nothing is left of the session.'
  refresh "$refresh_token"
  expect_answer 'POST /refresh' '401 invalid-refresh-token'
  refresh nobody-was-ever-given-this
  expect_answer 'POST /refresh, with a token nobody knows' '401 invalid-refresh-token'
  log_out nobody-was-ever-given-this
  expect_answer 'POST /logout, with a token nobody knows' 204
  request POST /logout </dev/null
  expect_answer 'POST /logout, with nothing' '401 missing-token'
  refresh ''
  expect_answer 'POST /refresh, with nothing' '400 invalid-request'

  finish
}

log_in() {
  post_login "$(credentials alice password123)"
  read_tokens
}

read_tokens() {
  token=$(json_field token "$body")
  refresh_token=$(json_field refreshToken "$body")
}

# refresh REFRESH-TOKEN
refresh() {
  request POST /refresh 'Content-Type: application/json' < <(printf '{"refreshToken":%s}' "$(json_string "$1")")
}

# log_out REFRESH-TOKEN
log_out() {
  request POST /logout 'Content-Type: application/json' < <(printf '{"refreshToken":%s}' "$(json_string "$1")")
}

# session_of TOKEN: prints the id of its session.
session_of() {
  json_field sid "$(jwt_claims "$1")"
}

# lists_as_current SESSION: does the last answer?
lists_as_current() {
  if [[ $body =~ \{\"id\":\"$1\"[^}]*\"current\":true ]]; then echo yes; else echo no; fi
}

# until_refused TOKEN: asks for the profile until it is 401, and prints whether that was in time.
until_refused() {
  # SECONDS counts whole ones.
  local deadline=$((SECONDS + bound_seconds + 1))
  while ((SECONDS < deadline)); do
    get_profile "$1"
    if [[ $status == 401 ]]; then
      printf 'within the bound'
      return
    fi
    sleep 0.1
  done
  printf 'still served: %s' "$(profile)"
}

main "$@"
