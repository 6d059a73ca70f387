#!/usr/bin/env bash
# The whole story in five requests: is it up, who am I, what is mine, and what happens without a good token.
# usage: [BASE_URL=http://localhost] scripts/test-full-flow.sh
# The exit code is the number of failed checks.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/http.sh
. "$here/lib/http.sh"
# shellcheck source=lib/checks.sh
. "$here/lib/checks.sh"

main() {
  local token
  require_gateway

  heading "1. Is the gateway at $BASE_URL healthy?"
  get /healthz
  expect_answer 'GET /healthz' 200

  heading '2. alice logs in and is given a token.'
  post_login "$(credentials alice password123)"
  token=$(json_field token "$body")
  expect_answer 'POST /login' 200
  expect 'the type of her token' Bearer "$(json_field tokenType "$body")"

  heading '3. With it she reads her profile.'
  get_profile "$token"
  expect 'GET /api/v1/user/profile' '200 1 alice standard' "$(profile)"

  heading '4. Without it nobody does.'
  get_profile
  expect_answer 'the same, with no token' 401

  heading '5. Nor with a token that was never issued.'
  get_profile not.a.token
  expect_answer 'the same, with a bad token' 401

  finish
}

main "$@"
