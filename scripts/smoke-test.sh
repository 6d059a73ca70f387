#!/usr/bin/env bash
# A few hundred requests, logins and profile reads mixed: first one after another, then many at once.
# Every answer must be a 200 for the user who asked. Prints how long they took.
# usage: [BASE_URL=http://localhost] [REQUESTS=100] [CONCURRENCY=10] scripts/smoke-test.sh
#   REQUESTS     in each of the two rounds; one in ten is a login
#   CONCURRENCY  how many at once in the second round
# The exit code is the number of requests answered wrongly, at most 125.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/http.sh
. "$here/lib/http.sh"
# shellcheck source=lib/jwt.sh
. "$here/lib/jwt.sh"
# shellcheck source=lib/checks.sh
. "$here/lib/checks.sh"

requests=${REQUESTS:-100}
concurrency=${CONCURRENCY:-10}
if [[ ! $requests =~ ^[1-9][0-9]*$ || ! $concurrency =~ ^[1-9][0-9]*$ ]]; then
  echo 'smoke-test: REQUESTS and CONCURRENCY must be whole numbers from 1' >&2
  exit 1
fi
answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT

# User i + 1 of database/03-seed.sql, and the token each was given.
readonly usernames=(alice bob admin) passwords=(password123 securepass456 adminpass789) roles=(standard standard admin)
tokens=()

main() {
  require_gateway
  log_everyone_in
  round "$requests requests, one after another"
  round "$requests requests, $concurrency at once" --parallel --parallel-immediate --parallel-max "$concurrency"
  finish
}

log_everyone_in() {
  local user
  heading 'Logging in'
  for user in 0 1 2; do
    post_login "$(credentials "${usernames[user]}" "${passwords[user]}")"
    expect_answer "${usernames[user]}" 200
    tokens[user]=$(json_field token "$body")
  done
}

# round TITLE [CURL-OPTION ...]
round() {
  local log
  heading "$1"
  shift
  # One curl does the whole round, so what is timed is the gateway and not the starting of processes.
  log=$(instructions | curl --disable --no-progress-meter "$@" --config -) || true
  expect 'answers' "$requests" "$(grep -c . <<<"$log")"
  if [[ -z $log ]]; then return; fi
  judge "$log"
  print_timings "$log"
}

# instructions: prints a round in the format of `curl --config`. Each request logs "KIND USER STATUS SECONDS FILE".
instructions() {
  local i user kind
  for ((i = 0; i < requests; i++)); do
    user=$((i % 3)) kind=profile
    if ((i % 10 == 0)); then kind=login; fi
    if ((i > 0)); then echo next; fi
    printf '%s\n' silent include 'connect-timeout = 2' 'max-time = 30' "output = \"$answers/$i\"" \
      "write-out = \"$kind $user %{http_code} %{time_total} $answers/$i\\n\""
    case $kind in
      login) printf 'url = "%s/login"\nheader = "Content-Type: application/json"\ndata = "%s"\n' "$BASE_URL" \
        "$(credentials "${usernames[user]}" "${passwords[user]}" | sed 's/["\\]/\\&/g')" ;;
      profile) printf 'url = "%s/api/v1/user/profile"\nheader = "Authorization: Bearer %s"\n' "$BASE_URL" \
        "${tokens[user]}" ;;
    esac
  done
}

# judge LOG: counts, and prints each way of being wrong once, with how many requests were.
judge() {
  local kind user code file expected got wrong=''
  while read -r kind user code _ file; do
    read_answer "$code" "$(cat "$file" 2>/dev/null)" # there is no file when nothing answered
    case $kind in
      login) expected="200 and a token for user $((user + 1))" got=$(login_outcome) ;;
      profile) expected="200 $((user + 1)) ${usernames[user]} ${roles[user]}" got=$(profile) ;;
    esac
    if [[ $got == "$expected" ]]; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      wrong+="$kind: expected $expected, got $got"$'\n'
    fi
  done <<<"$1"
  printf '%s' "$wrong" | sort | uniq -c | sed "s/^ *\([0-9]*\)/  ${red}FAIL${plain}  \1 ×/"
}

# login_outcome: whom the last answer gave a token, in words.
login_outcome() {
  if [[ $status == 200 ]]; then
    printf '200 and a token for user %s' "$(json_field sub "$(jwt_claims "$(json_field token "$body")")")"
  else
    answer
  fi
}

# print_timings LOG: how long each kind took, in milliseconds, and how many answers of each status there were.
print_timings() {
  sort -k1,1 -k4,4n <<<"$1" | LC_ALL=C awk '
    function percentile(kind, share,   rank) {
      rank = int(share * count[kind])
      if (rank < share * count[kind]) rank++
      return ms[kind, rank > 0 ? rank : 1]
    }
    { ms[$1, ++count[$1]] = $4 * 1000; statuses[$3]++ }
    END {
      printf "  %-8s %6s %8s %8s %8s %8s\n", "ms", "count", "min", "median", "p95", "max"
      for (kind in count)
        printf "  %-8s %6d %8.1f %8.1f %8.1f %8.1f\n", kind, count[kind],
          percentile(kind, 0), percentile(kind, 0.5), percentile(kind, 0.95), percentile(kind, 1)
      for (code in statuses) printf "  status %s: %d\n", code, statuses[code]
    }'
}

main "$@"
