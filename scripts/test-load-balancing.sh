#!/usr/bin/env bash
# Two engines, one pool: logs in many times through the gateway, counts which instance answered, and has every token judged by every
# instance, so that each implementation reads what the other wrote.
# usage: [BASE_URL=http://localhost] [LOGINS=20] [AUTH_SERVERS="URL ..."] scripts/test-load-balancing.sh
#   AUTH_SERVERS  the instances of auth-service, asked directly. Without it those of npm start, when it runs here, or else of the compose
#                 stack with --profile rust, which only its own network reaches: they are asked from within the nginx container.
# The exit code is the number of failed checks.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/http.sh
. "$here/lib/http.sh"
# shellcheck source=lib/checks.sh
. "$here/lib/checks.sh"

logins=${LOGINS:-20}
from=()
instances=${STATE_FOLDER:-$here/../.local}/instances
if [[ -z ${AUTH_SERVERS:-} && -s $instances ]]; then
  AUTH_SERVERS=$(awk '$1 == "auth-service" { print "http://127.0.0.1:" $3 }' "$instances" | tr '\n' ' ')
elif [[ -z ${AUTH_SERVERS:-} ]]; then
  AUTH_SERVERS='http://auth-service:8080 http://auth-service-rust:8081'
  from=(docker compose --profile rust exec -T nginx)
fi
read -ra servers <<<"$AUTH_SERVERS"

# ask URL [HEADER]: the body of a GET, then its status on a line of its own. The header comes by a pipe, out of sight of ps.
ask() {
  printf '%s\n' 'silent' 'max-time = 5' 'write-out = "\n%{http_code}"' "url = \"$1\"" ${2:+"header = \"$2\""} |
    ${from[@]+"${from[@]}"} curl --disable --config - 2>/dev/null || true
}

# logins_of URL: how many logins that instance has answered with a token since it started.
logins_of() {
  ask "$1/metrics" | awk '$1 == "auth_logins_total{result=\"ok\"}" { count = $2 } END { print count + 0 }'
}

main() {
  local server token i counted=0
  local before=() tokens=()
  require_gateway

  if [[ $(ask "${servers[0]}/readyz" | tail -n 1) == '' ]]; then
    echo "${servers[0]} cannot be asked. Start the stack of compose with --profile rust, or set AUTH_SERVERS." >&2
    exit 1
  fi
  heading 'The instances'
  for server in "${servers[@]}"; do
    expect "$server is ready" 200 "$(ask "$server/readyz" | tail -n 1)"
    before+=("$(logins_of "$server")")
  done

  heading "$logins logins through $BASE_URL"
  for ((i = 0; i < logins; i++)); do
    post_login "$(credentials alice password123)"
    token=$(json_field token "$body")
    if [[ $status == 200 && -n $token ]]; then tokens+=("$token"); fi
  done
  expect 'logins that were given a token' "$logins" "${#tokens[@]}"
  for i in "${!servers[@]}"; do
    local answered=$(($(logins_of "${servers[i]}") - before[i]))
    counted=$((counted + answered))
    printf '        %-32s %3d logins  %s\n' "${servers[i]}" "$answered" "$(bar "$answered")"
    expect "${servers[i]} had its share" yes "$( ((answered > 0)) && echo yes || echo no)"
  done
  expect 'logins counted by the instances' "$logins" "$counted"

  heading 'Every token, judged by every instance'
  for server in "${servers[@]}"; do
    local accepted=0
    for token in ${tokens[@]+"${tokens[@]}"}; do
      if [[ $(ask "$server/validate" "Authorization: Bearer $token" | tail -n 1) == 200 ]]; then accepted=$((accepted + 1)); fi
    done
    expect "tokens $server accepts" "${#tokens[@]}" "$accepted"
    expect "$server refuses a token nobody signed" 401 "$(ask "$server/validate" 'Authorization: Bearer not.a.token' | tail -n 1)"
  done

  finish
}

# bar N: as many marks.
bar() {
  local marks
  printf -v marks '%*s' "$1" ''
  printf '%s' "${marks// /#}"
}

main "$@"
