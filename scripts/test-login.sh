#!/usr/bin/env bash
# The answers of POST /login, but for 429 and 503.
# usage: [BASE_URL=http://localhost] scripts/test-login.sh
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
  require_gateway

  heading 'The demo users'
  expect_login alice password123 1
  expect_login bob securepass456 2
  expect_login admin adminpass789 3

  heading 'Wrong credentials: one answer, whichever half is wrong'
  expect_the_same_refusal

  heading 'Not a login'
  expect_body 400 'no password' '{"username":"alice"}'
  expect_body 400 'no username' '{"password":"password123"}'
  expect_body 400 'an empty object' '{}'
  expect_body 400 'an array' '["alice","password123"]'
  expect_body 400 'a number as username' '{"username":1,"password":"password123"}'
  expect_body 400 'null as password' '{"username":"alice","password":null}'
  expect_body 400 'an object as password' '{"username":"alice","password":{"like":"%"}}'
  expect_body 400 'JSON that stops short' '{"username":"alice",'
  expect_body 400 'no body' ''

  heading 'Text that bcrypt or Postgres would cut'
  expect_body '401 bad-credentials' 'a password of 72 bytes, which bcrypt reads' "$(credentials alice "$(repeat 72 x)")"
  expect_body 400 'a password of 73 bytes' "$(credentials alice "$(repeat 73 x)")"
  expect_body 400 'a password of 37 characters, 74 bytes' "$(credentials alice "$(repeat 37 é)")"
  expect_body 400 'an escaped NUL in the password' '{"username":"alice","password":"password123\u0000"}'
  expect_body 400 'an escaped NUL in the username' '{"username":"alice\u0000","password":"password123"}'
  request POST /login 'Content-Type: application/json' < <(printf '{"username":"alice","password":"password123\0"}')
  expect_answer 'a NUL byte in the password' 400

  heading 'The size of the body: 4 KB at most'
  expect_body 400 '4,096 bytes, read and found wanting' "$(body_of 4096)"
  expect_body 413 '4,097 bytes' "$(body_of 4097)"

  heading 'The type of the body: JSON only'
  expect_body 200 'application/json; charset=utf-8' "$(credentials alice password123)" 'application/json; charset=utf-8'
  expect_body 415 'text/plain' "$(credentials alice password123)" text/plain
  expect_body 415 'a form' 'username=alice&password=password123' application/x-www-form-urlencoded

  heading 'The method: POST only'
  get /login
  expect_answer 'GET' 405
  expect 'its Allow header' POST "$(answer_header Allow)"
  request PUT /login 'Content-Type: application/json' < <(credentials alice password123)
  expect_answer 'PUT' 405

  finish
}

# expect_login USERNAME PASSWORD ID
expect_login() {
  local claims issued expires
  post_login "$(credentials "$1" "$2")"
  claims=$(jwt_claims "$(json_field token "$body")")
  issued=$(json_field iat "$claims") expires=$(json_field exp "$claims")
  expect_answer "$1 logs in" 200
  expect "the subject of the token $1 is given" "$3" "$(json_field sub "$claims")"
  expect 'its type' Bearer "$(json_field tokenType "$body")"
  expect 'its expiresIn, the seconds from iat to exp' $((${expires:-0} - ${issued:-0})) "$(json_field expiresIn "$body")"
}

# A client that could tell the two apart could find out which names exist.
expect_the_same_refusal() {
  local wrong_password
  expect_body '401 bad-credentials' 'a wrong password' "$(credentials alice wrong)"
  wrong_password=$(without_request_id)
  expect_body '401 bad-credentials' 'an unknown user' "$(credentials nobody password123)"
  expect 'its body, but for the requestId' "$wrong_password" "$(without_request_id)"
}

# expect_body EXPECTED WHAT BODY [CONTENT-TYPE]
expect_body() {
  post_login "$3" "${4-application/json}"
  expect_answer "$2" "$1"
}

without_request_id() {
  local id
  id=$(json_field requestId "$body")
  printf '%s' "${body/$id/...}"
}

# body_of BYTES: a login of exactly so many bytes, most of them password.
body_of() {
  local frame
  frame=$(credentials alice '')
  credentials alice "$(repeat $(($1 - ${#frame})) x)"
}

# repeat COUNT TEXT
repeat() {
  local i
  for ((i = 0; i < $1; i++)); do printf '%s' "$2"; done
}

main "$@"
